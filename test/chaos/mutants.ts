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
      what: "const gate = await this.#passDialGate();",
      by: "this.early = telephony.dial(this.#order());\n        const gate = await this.#passDialGate();",
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
      what: "where a.state <> 'ended' and (a.runner_id = :me or r.id is null or r.lease_until <= :at)",
      by: "where a.state <> 'ended' and (a.runner_id = :me or :at = :at)",
    },
    {
      file: "adapters/sqlite/attempts.js",
      what: "if (!owns(db, dialed))",
      by: "if (false)",
    },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: "where a.state <> 'ended' and (a.runner_id = me or r.id is null or r.lease_until <= at)",
      by: "where a.state <> 'ended'",
    },
    {
      file: "adapters/supabase/migrations/0004_attempts.sql",
      what: `if not campaigns_hold(change, owner) then return '{"say": "no", "because": "not_yours"}'; end if;`,
      by: "perform campaigns_hold(change, owner);",
    },
  ],
  /** A dial request without a readable answer is sent once more. */
  "dial-retried": [
    {
      file: "engine/run/attempt.js",
      what: "const { result, rang } = await this.#ring();",
      by:
        "let { result, rang } = await this.#ring();\n" +
        '        if (result.is === "unknown") ({ result, rang } = await this.#ring());',
    },
  ],
} as const satisfies Record<string, readonly Exchange[]>;
export type Mutant = keyof typeof MUTANTS;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Builds the mutant in a temporary directory; returns the path of its program. Throws when the code has moved on. */
export function mutate(mutant: Mutant): string {
  const dir = mkdtempSync(join(tmpdir(), `campaigns-${mutant}-`));
  for (const part of ["bin", "dist", "package.json"]) cpSync(join(ROOT, part), join(dir, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  for (const { file, what, by } of MUTANTS[mutant]) {
    const path = join(dir, "dist", file);
    const text = readFileSync(path, "utf8");
    if (!text.includes(what)) throw new Error(`${mutant}: expected ${JSON.stringify(what)} in ${file}`);
    writeFileSync(path, text.replace(what, by));
  }
  return join(dir, "bin/campaigns.js");
}
