/**
 * Finds what is wrong: a table of checks (checks.ts), each a small function with a time-out of its own. One that fails or
 * hangs says so and stops no other.
 */
import { redactText } from "../../domain/phones/redact.ts";
import { formatDuration } from "../../domain/time/duration.ts";
import { SECOND } from "../../domain/time/instant.ts";
import type { Campaigns } from "../manage/campaigns.ts";
import type { Carrier } from "../ports/carrier.ts";
import { CampaignsError, messageOf } from "../errors.ts";
import type { Clock, Store } from "../ports/index.ts";
import type { TrunkAdmin } from "../ports/trunk-admin.ts";
import type { Instant } from "../../domain/time/instant.ts";

export type Health = "ok" | "warning" | "failed";

/** One sentence of what was found, and one of what to do, unless all is well. */
export interface Finding {
  readonly health: Health;
  readonly found: string;
  readonly todo: string | null;
}

export interface CheckResult extends Finding {
  readonly check: string;
  /** The check that must be put right before this one can be made; null: it was made. */
  readonly blockedBy: string | null;
}

export interface Check {
  /** For scripts and people: `time zones`. */
  readonly name: string;
  /** Checks that must be well, or this one cannot be made. */
  readonly needs?: readonly string[];
  /** Milliseconds; default 10 s. */
  readonly timeout?: number;
  readonly run: (context: DoctorContext) => Promise<Finding> | Finding;
}

/** What the machine says of itself. */
export interface Machine {
  readonly nodeVersion: string;
  /** Release of Node's time-zone data, such as 2026c; null: this Node does not say. */
  readonly timeZoneData: string | null;
  /** Zones in which that data and the program's own do not agree about the time from now on. */
  zonesThatDiffer(now: Instant): readonly string[];
  /** Names of settings, never their values. */
  readonly settings: { readonly set: readonly string[]; readonly missing: readonly string[] };
  readonly engineEnabled: boolean;
  /** The file of the embedded store; null: the store is a project that many machines share. */
  readonly database: string | null;
  /** The file of settings that was read, and whether a secret is in it; null: there is none. */
  readonly envFile: { readonly path: string; readonly secret: boolean } | null;
  readonly debugging: boolean;
  /** Where the world reaches `serve`; null: nobody said. Throws Misused. */
  readonly publicUrl: () => string | null;
  /** The permission bits of a file; null: there is no such file. */
  mode(path: string): Promise<number | null>;
  /** Whether files can be made in the directory of this file. */
  isWritable(path: string): Promise<boolean>;
  /** How contact data is written in the file of the embedded store, and the key's id. Throws Misused: a key is missing or wrong. */
  encryption(): Promise<{ readonly state: string; readonly key: string | null }>;
  /** What restore left beside that file; `encrypted` null: it cannot be read. */
  copies(): Promise<readonly { readonly file: string; readonly encrypted: boolean | null }[]>;
  /** Bytes free where this file is or would be. */
  freeBytes(path: string): Promise<number>;
}

/** What only a doctor asks of LiveKit. */
export interface LiveKitProbe {
  /** The server's clock, whole seconds. */
  serverTime(): Promise<Instant>;
  /** Needs all room grants: makes a room, looks into it, removes it. The number of other rooms. */
  rooms(): Promise<number>;
  /** Throws Misused when the key may place no calls. Rings nobody. */
  mayDial(): Promise<void>;
  /** Opens a room, asks the agent to join, removes the room. Milliseconds it took to join; null: it did not. */
  agentJoins(within: number): Promise<number | null>;
  /** Agents seen in other rooms, by a sample of them: workers that are there, though none of them may be free. */
  agentsAtWork(): Promise<number>;
}

/** What only a doctor asks of a store that many machines share. */
export interface ProjectProbe {
  /** Its clock, whole seconds. */
  serverTime(): Promise<Instant>;
}

/** What is opened may throw: that is what the checks are about. */
export interface DoctorContext {
  readonly machine: Machine;
  readonly clock: Clock;
  readonly agentName: string;
  readonly store: () => Promise<Store>;
  /** Asked only where `machine.database` is null. */
  readonly project: () => Promise<ProjectProbe>;
  readonly campaigns: () => Promise<Campaigns>;
  readonly trunks: () => Promise<TrunkAdmin>;
  readonly probe: () => Promise<LiveKitProbe>;
  /** Null: no carrier is configured. */
  readonly carrier: () => Promise<Carrier | null>;
}

export const ok = (found: string): Finding => ({ health: "ok", found, todo: null });
export const warning = (found: string, todo: string): Finding => ({ health: "warning", found, todo });
export const failed = (found: string, todo: string): Finding => ({ health: "failed", found, todo });

const TIMEOUT = 10 * SECOND;

/** All results, in the order of the table. Never rejects. */
export async function examine(checks: readonly Check[], context: DoctorContext): Promise<readonly CheckResult[]> {
  /** `blocker`: the check that would have to be put right first; null: this one may go on. */
  const outcomes = new Map<string, Promise<{ readonly result: CheckResult; readonly blocker: string | null }>>();
  for (const { name, needs = [], timeout = TIMEOUT, run } of checks) {
    const needed = needs.flatMap((check) => outcomes.get(check) ?? []);
    const make = async (): Promise<{ readonly result: CheckResult; readonly blocker: string | null }> => {
      const blockedBy = (await Promise.all(needed)).find(({ blocker }) => blocker !== null)?.blocker ?? null;
      const finding =
        blockedBy === null
          ? await within(timeout, context.clock, () => run(context))
          : warning(`not checked, because ${blockedBy} failed`, `fix ${blockedBy} first`);
      const result = { check: name, ...finding, blockedBy };
      return { result, blocker: blockedBy ?? (finding.health === "failed" ? name : null) };
    };
    outcomes.set(name, make());
  }
  return (await Promise.all(outcomes.values())).map(({ result }) => result);
}

async function within(ms: number, clock: Clock, run: () => Promise<Finding> | Finding): Promise<Finding> {
  const over = new AbortController();
  const late = clock
    .sleep(ms, over.signal)
    .then(() =>
      failed(`no answer within ${formatDuration(ms)}`, "try again; if it happens again, find out what does not answer"),
    );
  try {
    return await Promise.race([Promise.try(run), late]);
  } catch (error) {
    const todo = "if it stays, report it";
    if (error instanceof CampaignsError) return failed(redactText(error.message), error.hint ?? todo);
    return failed(redactText(messageOf(error)), todo);
  } finally {
    over.abort();
  }
}
