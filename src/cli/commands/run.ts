/** campaigns run */
import { hostname } from "node:os";
import { Option } from "commander";
import debug from "debug";
import { parseDuration } from "../../domain/time/duration.ts";
import type { RunEvent } from "../../domain/calls/run-event.ts";
import { MINUTE, SECOND } from "../../domain/time/instant.ts";
import { CampaignsError, Misused, Refused } from "../../engine/errors.ts";
import { Runner } from "../../engine/run/runner.ts";
import { countOption } from "../count.ts";
import type { Cli } from "../cli.ts";
import { eventText } from "../render/event.ts";
import { eventJson } from "../../json/calls.ts";
import { statusText } from "../render/text.ts";
import type { Campaigns } from "../../engine/manage/campaigns.ts";
import type { RunScreen } from "../run-screen.ts";
import type { Session } from "../session.ts";
import { isInFront } from "../in-front.ts";
import { type Interruptions, listenForSignals } from "../signals.ts";
import { startTelling } from "../telling.ts";

const log = debug("outbound");

const HELP = `
With Twilio credentials set, its call records settle calls that a crash left open.
A key that is refused during a run stops new calls, not the run; live calls go on. After a change of keys in the
settings file, SIGHUP makes a run without a terminal read it again (kill -HUP); on a terminal it ends the run as Ctrl-C.`;

interface Options {
  readonly watch?: boolean;
  readonly campaign?: string[];
  readonly poll?: string;
  readonly for?: string;
  readonly verdictWait?: string;
  readonly parallel?: string;
  readonly lease?: string;
  readonly waitForAgent?: boolean;
  readonly dialer: "engine" | "agent";
  readonly names: "yes" | "no";
  readonly sandbox?: boolean;
}

export function runCommand(cli: Cli): void {
  cli
    .command(
      "run",
      "dial what is due: one pass, or forever with --watch",
      "campaigns run --watch\n*/5 9-17 * * *  campaigns run --for 4m --quiet   # from cron; overlapping runs are safe",
    )
    .option("--watch", "keep running, and look for due calls every --poll")
    .option("--campaign <campaign...>", "only these")
    .option("--poll <duration>", "how often to look for due calls when idle (default 30s)")
    .option("--for <duration>", "take no new calls after this long")
    .option("--parallel <n>", "campaigns dialed at once, or all; the others wait for their turn (default 1)")
    .option("--lease <duration>", "how long a runner may be silent before others take over its calls (default 30s)")
    .option(
      "--verdict-wait <duration>",
      "how long an agent may still say what came of a call that is over (default 10s)",
    )
    .option("--no-wait-for-agent", "dial without waiting for the agent to join")
    .addOption(
      new Option("--dialer <who>", "who dials: this program, or an agent that finds phone_number in its metadata")
        .choices(["engine", "agent"])
        .default("engine"),
    )
    .addOption(
      new Option("--names <whether>", "show the names of contacts on the screen").choices(["yes", "no"]).default("yes"),
    )
    .option("--sandbox", "dial the sandbox; no phone rings")
    .addHelpText("after", HELP)
    .action(cli.action(run));
}

async function run(session: Session, options: Options): Promise<number> {
  const { out, clock, config, io } = session;
  if (!config.engineEnabled) {
    throw new Refused("engine_disabled", "ENABLE_CAMPAIGN_ENGINE is false", {
      hint: "unset it to let this machine dial",
    });
  }
  const poll = duration("poll", options.poll ?? "30s", SECOND);
  const lease = duration("lease", options.lease ?? "30s", SECOND);
  const verdictWait = duration("verdict wait", options.verdictWait ?? "10s", 0);
  const takeFor = options.for === undefined ? null : duration("for", options.for, 0);
  const parallel = options.parallel === "all" ? Infinity : countOption("parallel", options.parallel ?? "1");
  using signals = listenForSignals(io, () => void reload(session));
  const lost = io.outputLost ?? new AbortController().signal;
  const onLost = (): void => out.warn("the output cannot be written: no new calls; live ones are seen to their end");
  lost.addEventListener("abort", onLost, { once: true });
  const records = session.records(options.sandbox ?? false);
  const telephony = await session.telephony(options.sandbox ?? false);
  const campaigns = await session.campaigns();
  const only = await Promise.all((options.campaign ?? []).map(async (ref) => (await campaigns.find(ref)).id));
  const before = (await campaigns.list("running")).map(({ id }) => id);
  const seen = new Set(only.length > 0 ? only : before);

  const screen = out.live && isInFront(io) ? await newScreen(session, campaigns, signals, options, () => runner) : null;
  const onEvent = (event: RunEvent): void => {
    if ("campaignId" in event && event.campaignId !== null) seen.add(event.campaignId);
    const text = eventText(event, config.clockZone);
    log("%j", eventJson(event));
    if (screen !== null) screen.tells(event);
    else if (!out.json && text !== null && isTrouble(event)) out.warn(text);
    else out.event(eventJson(event), text);
  };
  const telling = await startTelling(session, signals.leave, onEvent);
  const runner: Runner = new Runner(await session.store(), telephony, clock, {
    runnerId: `${hostname()}-${session.newId()}`,
    host: hostname(),
    watch: options.watch ?? false,
    poll,
    takeFor,
    only,
    parallel,
    lease,
    waitForAgent: options.waitForAgent ?? true,
    dialer: options.dialer,
    verdictWait,
    newId: session.newId,
    records,
    recorder: await session.recorder(options.sandbox ?? false),
    livekitTime: session.livekitTime(options.sandbox ?? false),
    onEvent: (event) => {
      onEvent(event);
      telling.heard(event);
    },
    ...(screen !== null && { onLook: (look) => screen.looks(look) }),
  });
  let summary: Awaited<ReturnType<Runner["run"]>>;
  try {
    await screen?.open([...seen]);
    summary = await runner.run({ drain: AbortSignal.any([signals.drain, lost]), leave: signals.leave });
  } finally {
    await telling.end();
    lost.removeEventListener("abort", onLost);
    await screen?.[Symbol.asyncDispose]();
  }
  if (!out.json) {
    for (const id of seen) out.event(null, ["", ...statusText(await campaigns.report(id), out.chalk)]);
    if (seen.size === 0) out.note("no campaign is running; campaigns start starts one");
  }
  return (
    signals.exitCode() ??
    (lost.aborted ? 3 : summary.failed > 0 ? 2 : summary.tripped > 0 ? 3 : summary.blind > 0 ? 1 : 0)
  );
}

async function newScreen(
  session: Session,
  campaigns: Campaigns,
  signals: Interruptions,
  { names }: Options,
  runner: () => Runner,
): Promise<RunScreen> {
  const { RunScreen } = await import("../run-screen.ts");
  return new RunScreen({ session, campaigns, signals, names: names === "yes", runner });
}

/** On SIGHUP. Settings that cannot be used leave the run as it is. */
async function reload(session: Session): Promise<void> {
  try {
    await session.reload();
    session.out.note("the settings were read again");
  } catch (error) {
    if (!(error instanceof CampaignsError)) throw error;
    session.out.warn(`the settings were read again and cannot be used, so the old ones stay: ${error.message}`);
  }
}

/** For the eyes of whoever has to do something about it. */
const isTrouble = ({ type }: RunEvent): boolean => type === "trouble" || type === "recovered_from";

function duration(name: string, text: string, least: number): number {
  const ms = parseDuration(text);
  if (ms !== null && ms >= least && ms <= 1440 * MINUTE) return ms;
  throw new Misused("duration", `--${name}: expected a duration such as 30s or 5m, got "${text}"`);
}
