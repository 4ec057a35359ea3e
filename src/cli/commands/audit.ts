/** campaigns audit */
import { Misused } from "../../engine/errors.ts";
import { auditJson, violationJson } from "../../json/audit.ts";
import type { Cli } from "../cli.ts";
import { countOption } from "../count.ts";
import { numberFrom, PRIVATE_HELP } from "../private.ts";
import { auditText, proofText } from "../render/audit.ts";
import type { Session } from "../session.ts";

interface Options {
  readonly since?: string;
  readonly campaign?: string;
  readonly number?: string;
  readonly dials?: boolean;
  readonly limit: string;
}

const HELP = `
The log is written by the database itself, in the transaction that changes the thing; what another program writes into
the tables is in it too. It holds no number, name or text: whom an entry is about is known until that person is erased.`;

const CHAIN_HELP = `
Each entry is hashed together with the hash before it. Whoever has kept a head can tell whether anything up to it was
changed, removed or put in between. It proves nothing of what came after that head, and nothing against somebody who can
write into the database when no head was kept elsewhere: keep one where that person cannot write, say every day.`;

const CALLS_HELP = `
--calls reads every dial that the log has, with the settings, lists and consents that held when it left, and names each that
was not allowed: to a number with a call under way, too often, after it was over, outside the hours, above a cap, without a
consent that was needed, or to a number on the do-not-call list; and each whose record was changed afterwards. The rules are
those of this version of the program. It cannot tell what no longer is stored: the number of a person who was erased, and
dials from before there was a log.`;

export function auditCommand(cli: Cli): void {
  const audit = cli
    .command("audit", "show who did what and when", "campaigns audit --since 7d\ncampaigns audit verify --calls")
    .option("--since <when>", "a duration such as 7d, or a date")
    .option("--campaign <campaign>", "only this campaign")
    .option("--number <number>", "only what is about this number, dials included")
    .option("--dials", "dials as well")
    .option("--limit <n>", "the newest of them", "100")
    .addHelpText("after", `${HELP}\n${PRIVATE_HELP}`)
    .action(cli.action(show));
  cli
    .command("head", "print the end of the chain, to be kept elsewhere", "campaigns audit head >> heads.txt", audit)
    .addHelpText("after", CHAIN_HELP)
    .action(
      cli.action(async (session) => {
        const head = await (await whole(session).auditLog()).head();
        const { formatHead } = await import("../../engine/manage/audit-chain.ts");
        session.out.result({ link: head.link, hash: head.hash, head: formatHead(head) }, () => formatHead(head));
      }),
    );
  cli
    .command(
      "verify",
      "check that the log is what it was, or that every call was allowed; exit code 1 if not",
      "campaigns audit verify --head 12:5f0c…\ncampaigns audit verify --calls",
      audit,
    )
    .option("--head <head>", "as audit head printed it")
    .option("--calls", "check the calls instead of the chain")
    .addHelpText("after", `${CHAIN_HELP}\n${CALLS_HELP}`)
    .action(cli.action(verify));
}

async function show(session: Session, options: Options): Promise<void> {
  const limit = countOption("limit", options.limit);
  const log = await session.findsDatabase().auditLog();
  const campaigns = await session.campaigns();
  const campaign = options.campaign === undefined ? undefined : (await campaigns.find(options.campaign)).id;
  const phoneNumber = options.number === undefined ? undefined : await numberFrom(options.number, session);
  const { since, dials } = options;
  const entries = await log.entries({ since, dials, campaignId: campaign, phoneNumber, limit });
  const names = new Map((await campaigns.list()).map(({ id, name }) => [id, name]));
  session.out.result({ entries: entries.map(auditJson) }, () =>
    auditText(entries.toReversed(), names, session.config.clockZone),
  );
}

async function verify(session: Session, options: { head?: string; calls?: boolean }): Promise<number> {
  if (options.calls !== true) {
    const { head, kept } = await (await whole(session).auditLog()).verify(options.head);
    const { formatHead } = await import("../../engine/manage/audit-chain.ts");
    session.out.result(
      { ok: true, links: head.link, head: formatHead(head), kept: kept && formatHead(kept) },
      () =>
        `${head.link.toLocaleString("en")} entries, each as it was sealed; ` +
        (kept === null
          ? "without --head, nobody can tell whether all of it was written anew"
          : `nothing up to entry ${kept.link.toLocaleString("en")} has changed since that head was kept`),
    );
    return 0;
  }
  if (options.head !== undefined) {
    throw new Misused("head", "expected --head or --calls, got both", { hint: "they check different things: say one" });
  }
  const report = await (await session.findsDatabase().auditLog()).proveCalls();
  const { dials, unlogged, violations } = report;
  session.out.result({ ok: violations.length === 0, dials, unlogged, violations: violations.map(violationJson) }, () =>
    proofText(report),
  );
  return violations.length === 0 ? 0 : 1;
}

/** The chain is everybody's. */
function whole(session: Session): Session {
  if (session.config.userId === undefined) return session.findsDatabase();
  throw new Misused("user", "expected no owner: the chain is of the whole log, and not of one owner's entries", {
    hint: "leave out --user and CAMPAIGNS_USER_ID",
  });
}
