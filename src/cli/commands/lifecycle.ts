/** campaigns start, pause, resume, stop */
import { type Campaign, MOVES } from "../../domain/calls/campaign.ts";
import { nightHours } from "../../domain/hours/local-hours.ts";
import { shippedRules } from "../../domain/hours/rules.ts";
import { Misused, Refused } from "../../engine/errors.ts";
import type { CampaignReport, Campaigns } from "../../engine/manage/campaigns.ts";
import type { Cli } from "../cli.ts";
import { agreed, isTerminal } from "../confirm.ts";
import { campaignJson } from "../../json/calls.ts";
import { preflightJson } from "../../json/preflight.ts";
import { count } from "../render/contacts.ts";
import { preflightText, staleRules } from "../render/preflight.ts";
import { moveText } from "../render/text.ts";
import { trunkNamed } from "../trunk.ts";
import type { Session } from "../session.ts";

interface Options {
  readonly now?: boolean;
  readonly accept?: boolean;
  readonly idempotent?: boolean;
  readonly yes?: boolean;
}

interface StartOptions extends Options {
  readonly dryRun?: boolean;
  readonly answerRate?: string;
}

function shareOf(percent: string): number {
  const [, digits = ""] = /^(\d{1,3}(?:\.\d+)?)%?$/.exec(percent.trim()) ?? [];
  if (digits !== "" && Number(digits) <= 100) return Number(digits) / 100;
  throw new Misused("usage", `--answer-rate: expected a percentage from 0% to 100%, got "${percent}"`);
}

/** For the help of --idempotent. */
const SO_ALREADY = "exit 0 also when";

const VERBS = {
  start: (campaigns, ref) => campaigns.start(ref),
  pause: (campaigns, ref) => campaigns.pause(ref),
  resume: (campaigns, ref, { accept }) => campaigns.resume(ref, accept),
  stop: (campaigns, ref, { now }) => campaigns.stop(ref, now),
} as const satisfies Record<string, (campaigns: Campaigns, ref: string, options: Options) => Promise<Campaign>>;
type Verb = keyof typeof VERBS;

/** The campaign once it is moved; with --idempotent, also one that is where the move leads. */
async function moved(
  verb: Verb,
  ref: string,
  options: Options,
  campaigns: Campaigns,
  { out }: Session,
): Promise<CampaignReport> {
  try {
    const { id } = await VERBS[verb](campaigns, ref, options);
    return await campaigns.report(id);
  } catch (error) {
    if (options.idempotent !== true || !(error instanceof Refused) || error.code !== "forbidden_move") throw error;
    const report = await campaigns.report(ref);
    const { name, status, hangUp } = report.campaign;
    if (status !== MOVES[verb].to || (options.now === true && report.live > 0 && !hangUp)) throw error;
    out.note(`"${name}" is ${status} already`);
    return report;
  }
}

const move =
  (verb: Verb) =>
  async (session: Session, ref: string, options: Options): Promise<void> => {
    const campaigns = await session.findsDatabase().campaigns();
    const report = await moved(verb, ref, options, campaigns, session);
    session.out.result(campaignJson(report), (chalk) => moveText(report, chalk));
  };

/** On a terminal, before what cannot be taken back. In a script it goes ahead: a brake that refuses leaves phones ringing. */
async function agreedToStop(ref: string, { now, yes }: Options, campaigns: Campaigns, { io }: Session): Promise<void> {
  if (yes === true || !isTerminal(io)) return;
  const { campaign, contacts, progress, live } = await campaigns.report(ref);
  const hangsUp = now === true && live > 0;
  if (campaign.status === "completed") {
    const question = `"${campaign.name}" is over, and ${count(live, "live call")} will be hung up.`;
    return hangsUp
      ? agreed(io, false, question, { no: "nothing was hung up", hint: "they go on to their end" })
      : undefined;
  }
  const left = count(campaign.status === "idle" ? contacts : progress.calls.pending, "contact");
  const calls = live === 0 ? "" : `, and ${count(live, "live call")} ${hangsUp ? "hung up" : "seen to the end"}`;
  const question = `"${campaign.name}" will end for good, with ${left} not called any more${calls}.`;
  await agreed(io, false, question, { no: "nothing was stopped", hint: "campaigns pause stops dialing until resume" });
}

export function moveCommands(cli: Cli): void {
  cli
    .command("start <campaign>", "make a campaign's contacts due; runners then dial them", "campaigns start spring")
    .option("--dry-run", "print who would be called, who is left out and why, and the estimated finish; change nothing")
    .option(
      "--answer-rate <percent>",
      "reckon what it will cost with so many dials answered (default: as so far, else 30%)",
    )
    .option("--idempotent", `${SO_ALREADY} it is running`)
    .action(
      cli.action(async (session, ref: string, { dryRun, answerRate, ...options }: StartOptions) => {
        const campaigns = await session.findsDatabase().campaigns();
        const expected = await campaigns.preflight(ref, answerRate === undefined ? undefined : shareOf(answerRate));
        const { trunkId } = expected.campaign;
        if (trunkId !== null) await trunkNamed(trunkId, session);
        const stale = expected.campaign.rulesTable === null ? staleRules(shippedRules(), session.clock.now()) : null;
        if (stale !== null) session.out.note(stale);
        const { window, moreWindows = [] } = expected.campaign;
        const night = nightHours([window, ...moreWindows]);
        if (night !== null) session.out.note(`note: ${night}`);
        if (dryRun === true) return session.out.result(preflightJson(expected), () => preflightText(expected));
        const report = await moved("start", ref, options, campaigns, session);
        return session.out.result({ ...campaignJson(report), preflight: preflightJson(expected) }, (chalk) => [
          moveText(report, chalk),
          ...preflightText(expected),
        ]);
      }),
    );
  cli
    .command("pause <campaign>", "no further dials; live calls go on", "campaigns pause spring")
    .option("--idempotent", `${SO_ALREADY} it is paused`)
    .action(cli.action(move("pause")));
  cli
    .command("resume <campaign>", "continue after a pause or an error", "campaigns resume spring")
    .option(
      "--accept",
      "callees were heard to be well: take their early hang-ups or late first words as usual from now on",
    )
    .option("--idempotent", `${SO_ALREADY} it is running`)
    .action(cli.action(move("resume")));
  cli
    .command("stop <campaign>", "end a campaign: no further dials", "campaigns stop spring --now")
    .option("--now", "also hang up live calls, instead of letting them finish")
    .option("--idempotent", `${SO_ALREADY} it is completed`)
    .option("--yes", "do not ask; a script is never asked")
    .action(
      cli.action(async (session, ref: string, options: Options) => {
        await agreedToStop(ref, options, await session.findsDatabase().campaigns(), session);
        await move("stop")(session, ref, options);
      }),
    );
}
