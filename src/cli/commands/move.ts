/** campaigns move */
import { Option } from "commander";
import type { Leaving, LeavingStore } from "../../adapters/sqlite/moving.ts";
import type { Arriving } from "../../adapters/supabase/moving.ts";
import { redact } from "../../domain/phones/redact.ts";
import { Misused, Unavailable } from "../../engine/errors.ts";
import type { Cli } from "../cli.ts";
import type { Session } from "../session.ts";

const WHAT_MOVES = `
Campaigns move with contacts, calls and attempts, and end in the file. Without names, contact lists, calls of dial, our
numbers, trunk limits, consents and the do-not-call list move too; with names, what those campaigns need, every revoked
consent and the whole do-not-call list. What is there already stays as it is, but for a longer term
on the do-not-call list, and whoever was erased stays erased.`;

export function moveCommand(cli: Cli): void {
  cli
    .command(
      "move [campaigns...]",
      "move everything in the SQLite file to the Supabase project, or the campaigns named and what they need",
      "campaigns pause spring && campaigns move --to supabase spring",
    )
    .addOption(new Option("--to <store>", "the destination").choices(["supabase"]).makeOptionMandatory())
    .addHelpText("after", WHAT_MOVES)
    .action(
      cli.action(async (session, refs: string[]) => {
        const { config, clock, out } = session;
        const supabase = config.supabase();
        if (supabase === null) {
          throw new Misused("supabase_settings", "expected the Supabase project to move to, but none is set", {
            hint: "set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY",
          });
        }
        const { leavingStore } = await import("../../adapters/sqlite/moving.ts");
        const { arrivingRows } = await import("../../adapters/supabase/moving.ts");
        const keys = await session.keys();
        using leaving = leavingStore(config.db, refs, config.userId ?? null, keys, config.actor);
        const project = await arrivingRows({ ...supabase, userId: config.userId, keys, actor: config.actor }, clock);
        const report = await moveAll(leaving, project, session);
        const { moved, added } = report;
        const more = Object.entries(added).map(([table, n]) => `${n} ${WORDS[table] ?? table}`);
        out.result(report, () =>
          moved.length + more.length === 0
            ? "nothing is left to move"
            : ["moved", [`${moved.length} campaign${moved.length === 1 ? "" : "s"}`, ...more].join(", ")].join(" "),
        );
      }),
    );
}

/** What rows of a table are called that belong to no campaign. */
const WORDS: Readonly<Record<string, string>> = {
  do_not_call_numbers: "do-not-call numbers",
  do_not_call_sources: "do-not-call lists",
  consents: "consents",
  phone_number: "numbers of ours",
  trunk_limits: "trunk limits",
  contact_lists: "contact lists",
  contacts: "contacts of lists",
  campaign_calls: "single calls",
  call_attempts: "attempts of theirs",
  carrier_calls: "carrier records of theirs",
};

interface Report {
  readonly moved: { readonly id: string; readonly name: string; readonly calls: number }[];
  /** New rows per table, beside those of campaigns. */
  readonly added: Record<string, number>;
  /** What the project has already, with other contents. */
  readonly kept: { readonly table: string; readonly what: string }[];
}

async function moveAll(leaving: LeavingStore, project: Arriving, { out, clock }: Session): Promise<Report> {
  const report: Report = { moved: [], added: {}, kept: [] };
  for (const { table, rows } of leaving.shared()) {
    const { added, kept } = await project.add(table, rows);
    if (added > 0) report.added[table] = (report.added[table] ?? 0) + added;
    for (const what of kept) {
      report.kept.push({ table, what });
      out.note(keptText(table, what));
    }
  }
  for (const campaign of leaving.campaigns) {
    const { id, name } = campaign;
    if (!campaign.gone) {
      const calls = await moveOne(campaign, project);
      // Closed here before it is opened there: at no instant can it be dialed from both.
      campaign.close(clock.now());
      if (calls === null) out.note(`"${name}" is there already, and was left as it is`);
      else report.moved.push({ id, name, calls });
    }
    if (!(await project.open(id, campaign.counts()))) {
      // Moved to another project, removed there since, or moved by two programs at once.
      if (campaign.gone) {
        out.note(`"${name}" was moved before, and is not in this project, or not all of it`);
        continue;
      }
      throw new Unavailable("incomplete", `not all of "${name}" has arrived, so it was left closed there`, {
        hint: "was it moved by two programs at once?",
      });
    }
    if (!campaign.gone) out.note(`moved "${name}"`);
  }
  return report;
}

/** How many calls; null: the campaign is there already. */
async function moveOne(campaign: Leaving, project: Arriving): Promise<number | null> {
  let calls = 0;
  for (const { table, rows } of campaign.rows()) {
    const { added } = await project.add(table, rows);
    if (table === "campaigns" && added === 0) return null;
    if (table === "campaign_calls") calls += rows.length;
  }
  return calls;
}

function keptText(table: string, what: string): string {
  if (table === "phone_number") return `${redact(what)} is there already: left as it is, and not moved`;
  if (table === "trunk_limits") return `trunk ${what} has another limit there: left as it is`;
  return `there is another list "${what}" there: both are kept, say the id of the one that is meant`;
}
