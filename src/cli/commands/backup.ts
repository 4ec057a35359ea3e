/** campaigns backup, campaigns restore */
import { lstatSync } from "node:fs";
import { resolve } from "node:path";
import { uptime } from "../../engine/ports/clock.ts";
import { Misused } from "../../engine/errors.ts";
import type { Cli } from "../cli.ts";
import { copiesText, NOT_ENCRYPTED, plainOf } from "../render/copies.ts";
import type { Session } from "../session.ts";

/** The embedded database; a Supabase project has backups of its own. */
function fileOf({ config }: Session): string {
  if (config.dbNamed || config.supabase() === null) return config.db;
  throw new Misused("supabase", "expected the SQLite file, but the settings name a Supabase project", {
    hint: "Supabase keeps backups of its own; for a file, name it with --db",
  });
}

export function backupCommands(cli: Cli): void {
  cli
    .command(
      "backup <file>",
      "copy the SQLite file to a new file, also while runs use it",
      "campaigns backup monday.db",
    )
    .action(
      cli.action(async (session, file: string) => {
        const path = resolve(session.io.cwd(), file);
        if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
          throw new Misused("file", `expected a new file, but ${file} is there already`, { hint: "name another one" });
        }
        const { backUp } = await import("../../adapters/sqlite/backup.ts");
        const from = fileOf(session);
        await session.findsDatabase().recordExport({ after: { what: "backup" } });
        await backUp(from, path);
        session.out.result({ file }, () => `copied the database to ${file}`);
      }),
    );
  cli
    .command(
      "restore <file>",
      "put a backup in the SQLite file's place; nobody is called twice",
      "campaigns restore monday.db",
    )
    .addHelpText(
      "after",
      `
Calls that may have been dialed since the backup end as lost, unless the replaced file or Twilio's records show that
they were not. Calls that were under way are looked up in LiveKit by the next run. Who has asked since not to be called
stays forbidden, as the replaced file knows it. If it cannot be read, or is an older copy too, every campaign is
held until you have completed the do-not-call list. The replaced file stays beside the other, with all it
holds: campaigns doctor names it until you remove it.`,
    )
    .action(
      cli.action(async (session, file: string) => {
        const { restore } = await import("../../adapters/sqlite/backup.ts");
        const records = session.records(false);
        const restored = await restore(resolve(session.io.cwd(), file), fileOf(session), {
          at: session.clock.now(),
          uptime,
          keys: await session.keys(),
          actor: session.config.actor,
          undialed:
            records && (async (number, from, until) => (await records.callsTo(number, from, until)).length === 0),
        });
        const copies = await session.copies();
        const isSealing = (await session.keys()) !== null;
        session.out.result({ ...restored, copies }, () =>
          [
            `restored the database from ${file}`,
            restored.lost === 0 ? null : `calls that may have been dialed since, and are lost: ${restored.lost}`,
            restored.campaigns === 0
              ? null
              : `campaigns that may have been started since, and are in error: ${restored.campaigns}`,
            restored.forbidden === null
              ? "every campaign is held, since nobody knows who has asked not to be called since the backup: put them on the list again with campaigns dnc add, then resume"
              : restored.forbidden === 0
                ? null
                : `do-not-call entries and revocations since, which were kept: ${restored.forbidden}`,
            restored.replaced === null ? null : `the file it replaced is ${restored.replaced}`,
            ...(isSealing ? copiesText(plainOf(copies), NOT_ENCRYPTED) : []),
          ].filter((line) => line !== null),
        );
      }),
    );
}
