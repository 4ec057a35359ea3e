/** campaigns move */
import { Option } from "commander";
import { Misused } from "../../engine/errors.ts";
import type { Cli } from "../program.ts";

export function moveCommand(cli: Cli): void {
  cli
    .command(
      "move [campaigns...]",
      "move campaigns of the SQLite file, all or those named, with contacts, calls and attempts; the file's own end there",
      "campaigns pause spring && campaigns move --to supabase spring",
    )
    .addOption(new Option("--to <store>", "where to").choices(["supabase"]).makeOptionMandatory())
    .action(
      cli.action(async (session, refs: string[]) => {
        const { config, clock, out } = session;
        const supabase = config.supabase();
        if (supabase === null) {
          throw new Misused("supabase_settings", "expected the Supabase project to move to, but none is set", {
            hint: "set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY",
          });
        }
        const { leavingCampaigns } = await import("../../adapters/sqlite/moving.ts");
        const { arrivingRows } = await import("../../adapters/supabase/moving.ts");
        using leaving = leavingCampaigns(config.db, refs);
        const project = await arrivingRows({ ...supabase, userId: config.userId }, clock);
        const moved: { id: string; name: string; calls: number }[] = [];
        for (const { id, name, rows, close } of leaving) {
          let calls = 0;
          for (const batch of rows()) {
            await project.add(batch.table, batch.rows);
            if (batch.table === "campaign_calls") calls += batch.rows.length;
          }
          // Only now: a move that broke off is gone on with by moving again.
          close(clock.now());
          moved.push({ id, name, calls });
          out.note(`moved "${name}" with ${calls} calls`);
        }
        out.result({ moved }, () =>
          moved.length === 0 ? "nothing is left to move" : `moved ${moved.length} campaigns`,
        );
      }),
    );
}
