/**
 * Builds of the program that break a promise on purpose: a chaos test that does not notice them would prove nothing.
 * Each is the built program with a few characters exchanged.
 */
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Exchange {
  readonly file: string;
  readonly what: string;
  readonly by: string;
}

export const MUTANTS = {
  /** The phone rings, and only then the attempt is stored as dialed. */
  "dial-before-store": [
    {
      file: "engine/run/attempt.js",
      what: "const gate = await this.#passDialGate(fate, agentJoinedMs",
      by: "this.early = telephony.dial(this.#order());\n        const gate = await this.#passDialGate(fate, agentJoinedMs",
    },
    {
      file: "engine/run/attempt.js",
      what: "telephony.dial(this.#order()), failing(looking)",
      by: "this.early, failing(looking)",
    },
  ],
  /**
   * Whoever looks takes over the attempts of runners that live, and those do not notice before they dial. One half alone
   * breaks nothing: the compare-and-set of the gate and the lease each hold without the other.
   */
  "lease-ignored": [
    {
      file: "adapters/sqlite/attempts.js",
      what: "(a.runner_id = :me or r.id is null or not ${IS_ALIVE})",
      by: "(a.runner_id = :me or r.id is null or not ${IS_ALIVE} or true)",
    },
    {
      file: "adapters/sqlite/attempts.js",
      what: "const stored = owned(db, dialed);",
      by: "const stored = findAttempt(db, attempt.id);",
    },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "a.runner_id <> me and (r.id is null or r.lease_until <= here)",
      by: "a.runner_id <> me",
    },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: `if not campaigns_hold(change, owner) then return '{"say": "no", "because": "not_yours"}'; end if;`,
      by: "perform campaigns_hold(change, owner);",
    },
  ],
  /** Whoever claims sees what others have under way too late. */
  "concurrency-ignored": [
    {
      file: "adapters/sqlite/attempts.js",
      what: "if (live >= Math.min(request.concurrency, campaign.concurrency))",
      by: "if (false)",
    },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "if live >= least((request ->> 'concurrency')::integer, c.concurrency) then return null; end if;",
      by: "",
    },
  ],
  "lines-ignored": [
    { file: "adapters/sqlite/attempts.js", what: "if (freeLines(trunk) <= 0 ||", by: "if (" },
    { file: "adapters/sqlite/attempts.js", what: "if (freeLines(trunk) <= 0)", by: "if (false)" },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "if (load ->> 'live')::integer >= (load ->> 'concurrency')::integer then return 'infinity'; end if;",
      by: "",
    },
  ],
  /** A machine alone keeps the cap, and two of them do not. */
  "cap-ignored": [
    { file: "adapters/sqlite/attempts.js", what: "|| today >= campaign.dailyCap", by: "" },
    { file: "adapters/sqlite/attempts.js", what: "if (today >= campaign.dailyCap &&", by: "if (false &&" },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "or claimed + campaigns_dialed(c.id, (request ->> 'local_day')::date, request -> 'unrung') >= c.daily_cap;",
      by: ";",
    },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "if campaigns_dialed(c.id, (change #>> '{attempt,local_day}')::date, change -> 'unrung') >= c.daily_cap",
      by: "if false",
    },
  ],
  /** Each machine keeps a pace of its own. */
  "pace-ignored": [
    {
      file: "adapters/sqlite/attempts.js",
      what: "if (freeFrom(lastHandOut, request.interval, at) > at)",
      by: "if (false)",
    },
    { file: "adapters/sqlite/attempts.js", what: "freeFrom(lastDial, interval, at)", by: "0" },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "if campaigns_free_from(campaigns_last_claim(c.id, at), (request ->> 'interval')::integer, at) > at then return null; end if;",
      by: "",
    },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "campaigns_free_turn(c.id, turn, gap, at)) into free",
      by: "'-infinity') into free",
    },
  ],
  /** Whoever does not answer is called again and again. */
  "attempts-unlimited": [
    {
      file: "domain/calls/retry.js",
      what: "if (spent >= policy.maxAttempts)",
      by: "if (spent >= policy.maxAttempts + 1)",
    },
  ],
  /** A claimed call whose runner died is nobody's. */
  "orphans-left": [
    {
      file: "adapters/sqlite/attempts.js",
      what: "(a.runner_id = :me or r.id is null or not ${IS_ALIVE})",
      by: "(a.runner_id = :me or false and not ${IS_ALIVE})",
    },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "a.runner_id <> me and (r.id is null or r.lease_until <= here)",
      by: "false",
    },
  ],
  /** A dial request without a readable answer is sent once more. */
  "dial-retried": [
    {
      file: "engine/run/attempt.js",
      what: "const { result, rang } = await this.#ring(fate);",
      by:
        "let { result, rang } = await this.#ring(fate);\n" +
        '        if (result.is === "unknown") ({ result, rang } = await this.#ring(fate));',
    },
  ],
  /** A key that is refused in the middle of a run ends the run. */
  "refusal-ends-the-run": [
    {
      file: "engine/run/steady.js",
      what: "hasAnswered && error instanceof Misused ? asTrouble(error) : error",
      by: "error",
    },
  ],
  /** Whoever lives is judged by the clocks of those who ask, and a clock that is off dials all the same. */
  "clock-trusted": [
    {
      file: "adapters/sqlite/sql.js",
      what: "when :up is null or r.up_until is null then",
      by: "when true or :up then",
    },
    { file: "engine/run/lease.js", what: "if (Math.abs(ahead) > MOST_OFF)", by: "if (false)" },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "if c.execution_status <> 'running' or campaigns_clock_off(request, at) then return null; end if;",
      by: "if c.execution_status <> 'running' then return null; end if;",
    },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: `if off then return '{"say": "no", "because": "clock"}'; end if;`,
      by: "",
    },
  ],
  /** What others wrote as a number is dialed as it is. */
  "any-number": [
    { file: "adapters/strangers.js", what: "isDialable = (number) =>", by: "isDialable = (number) => true ||" },
    { file: "engine/run/dial-gate.js", what: "if (!isSpelled(", by: "if (false && !isSpelled(" },
  ],
  /** Phones ring whether or not an agent has come. */
  "no-agent-awaited": [{ file: "engine/run/agent-wait.js", what: "if (!waitForAgent)", by: "if (true)" }],
  /** An agent that is away for a moment is not waited for. */
  "no-grace": [{ file: "engine/run/conversation.js", what: "AGENT_GRACE = 5 * SECOND", by: "AGENT_GRACE = 0" }],
  /** A backup that is put back knows of no dial since. */
  "backup-forgets": [{ file: "adapters/sqlite/backup.js", what: "if (!spared)", by: "if (false)" }],
  /** A run takes an older file as it is. */
  "older-file-taken": [
    { file: "adapters/sqlite/last-dial.js", what: "if (db.path === null)", by: "if (db.path !== undefined)" },
  ],
  /** The do-not-call list is asked at the start alone. */
  "list-ignored": [
    { file: "adapters/sqlite/due.js", what: '${onDoNotCallList("c.phone_number")} or', by: "0 or" },
    { file: "adapters/sqlite/attempts.js", what: "doNotCall(db, number, at).length > 0", by: "false" },
    {
      file: "adapters/supabase/migrations/0003_campaigns.sql",
      what: "select 1 from do_not_call_numbers d where d.phone_number = number and (",
      by: "select 1 from do_not_call_numbers d where false and d.phone_number = number and (",
    },
  ],
  /** Whoever answers for a campaign that was deleted meanwhile is taken for another runner's. */
  "deleted-talks-on": [
    {
      file: "engine/run/attempt-record.js",
      what: 'return hangUps.length > 0 ? "to be hung up" : "goes on"',
      by: 'return "goes on"',
    },
  ],
  /** Rooms of others are swept away with whoever talks in them. */
  "sweep-of-the-living": [
    {
      file: "engine/run/recovery.js",
      what: "if (!claim.attempt.endedByUs && (await this.#isInUse(claim, leave)))",
      by: "if (false)",
    },
    {
      file: "engine/run/recovery.js",
      what: "await this.#store.endedAttempts(ids)",
      by: "ids.map((id) => ({ attempt: { id, endedByUs: true, said: null } }))",
    },
  ],
} as const satisfies Record<string, readonly Exchange[]>;
export type Mutant = keyof typeof MUTANTS;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Builds the mutant in a temporary directory; returns the path of its program. Throws when the code has moved on. */
export function mutate(mutant: Mutant): string {
  const texts = mutated(mutant);
  const dir = mkdtempSync(join(tmpdir(), `campaigns-${mutant}-`));
  for (const part of ["bin", "dist", "package.json"]) cpSync(join(ROOT, part), join(dir, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  for (const [file, text] of texts) writeFileSync(join(dir, "dist", file), text);
  return join(dir, "bin/campaigns.js");
}

/** Its files that differ from the built program's. Throws when the code has moved on. */
export function mutated(mutant: Mutant): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, what, by } of MUTANTS[mutant]) {
    const text = texts.get(file) ?? readFileSync(join(ROOT, "dist", file), "utf8");
    if (!text.includes(what)) throw new Error(`${mutant}: expected ${JSON.stringify(what)} in ${file}`);
    texts.set(
      file,
      text.replace(what, () => by),
    );
  }
  return texts;
}
