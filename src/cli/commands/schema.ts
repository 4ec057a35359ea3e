/** campaigns schema */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SECOND } from "../../domain/time/instant.ts";
import { messageOf, Misused } from "../../engine/errors.ts";
import type { Cli } from "../cli.ts";
import type { Session } from "../session.ts";

export function schemaCommand(cli: Cli): void {
  cli
    .command(
      "schema",
      "print the SQL that prepares a Supabase project; safe to run again",
      'campaigns schema | psql "$DATABASE_URL"\ncampaigns schema --migrations supabase/migrations && supabase db push',
    )
    .option("--migrations <dir>", "write the missing migration files for the Supabase CLI instead")
    .action(
      cli.action(async (session, options: { migrations?: string }) => {
        const { out } = session;
        const { schemaSql } = await import("../../adapters/supabase/schema.ts");
        if (options.migrations === undefined) {
          if (out.json) out.result({ sql: schemaSql() }, () => "");
          else out.raw(schemaSql());
          return;
        }
        const written = await writeMigrations(resolve(session.io.cwd(), options.migrations), session);
        out.result({ written }, () => (written.length === 0 ? "every migration file is already there" : written));
      }),
    );
}

/** Files are named after now, since the Supabase CLI applies them in the order of names after those already applied. */
async function writeMigrations(dir: string, { clock }: Session): Promise<string[]> {
  const { migrations } = await import("../../adapters/supabase/schema.ts");
  try {
    mkdirSync(dir, { recursive: true });
    const there = readdirSync(dir);
    const missing = migrations().filter(({ file }) => !there.some((name) => name.endsWith(`_campaigns_${file}`)));
    return missing.map(({ file, sql }, n) => {
      const stamp = new Date(clock.now() + n * SECOND).toISOString().replaceAll(/\D/g, "").slice(0, 14);
      const path = join(dir, `${stamp}_campaigns_${file}`);
      writeFileSync(path, sql, { flag: "wx" });
      return path;
    });
  } catch (error) {
    throw new Misused("migrations", `expected a directory to write to: ${messageOf(error)}`, {
      hint: "check --migrations",
    });
  }
}
