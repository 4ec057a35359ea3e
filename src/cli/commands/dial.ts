/** campaigns dial */
import debug from "debug";
import { narrowed } from "../../domain/calls/caller-id.ts";
import { parseDuration } from "../../domain/time/duration.ts";
import { SECOND } from "../../domain/time/instant.ts";
import { closedText, opensText } from "../../domain/hours/callable-now.ts";
import { Misused, Refused } from "../../engine/errors.ts";
import type { Store, Telephony } from "../../engine/ports/index.ts";
import { dialOnce, type SingleCall, type SingleContext } from "../../engine/run/single-call.ts";
import { TrunkChoice } from "../../engine/run/trunk-choice.ts";
import { isTerminal, typedYes } from "../confirm.ts";
import { phoneArgument } from "../../engine/manage/phone-argument.ts";
import { numberFrom, PRIVATE_HELP, textFrom } from "../private.ts";
import type { Cli } from "../cli.ts";
import { callDisplay } from "../render/call.ts";
import { eventText } from "../render/event.ts";
import type { LiveDisplay } from "../render/live.ts";
import { callJson, eventJson } from "../../json/calls.ts";
import { callText } from "../render/text.ts";
import type { Session } from "../session.ts";
import { listenForSignals } from "../signals.ts";
import { about } from "../together.ts";

const log = debug("outbound");

interface Options {
  readonly assistant?: string;
  readonly trunk?: string;
  readonly from?: string;
  readonly name?: string;
  readonly prompt?: string;
  readonly ring?: string;
  readonly wait: boolean;
  readonly waitForAgent: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly sandbox?: boolean;
}

export function dialCommand(cli: Cli): void {
  cli
    .command(
      "dial <number>",
      "place one call outside any campaign; exit code 0 if it was answered, else 1",
      "campaigns dial +12025550123 --assistant 7c9…",
    )
    .option("--assistant <id>", "the AI agent's configuration")
    .option(
      "--trunk <trunk>",
      "LiveKit outbound trunk, by id or name (default the one of the assistant's numbers, else the only one)",
    )
    .option("--from <number>", "caller ID (default one of the assistant's numbers, else the trunk's own)")
    .option("--name <name>", "the callee's name, for the agent")
    .option("--prompt <text>", "instructions for the agent")
    .option("--ring <duration>", "how long the phone rings, 5s to 60s (default 45s)")
    .option("--no-wait-for-agent", "dial without waiting for the agent to join")
    .option("--no-wait", "return once the phone rings; the next campaigns run finishes the call")
    .option("--force", "call outside calling hours; asks you to type yes. The do-not-call list still applies")
    .addOption(about("force", "--yes", "with --force: do not ask"))
    .option("--sandbox", "dial the sandbox; no phone rings")
    .addHelpText("after", PRIVATE_HELP)
    .action(cli.action(dial));
}

async function dial(session: Session, text: string, options: Options): Promise<number> {
  const { out, clock, config, newId, io } = session;
  const single = await parse(text, options, session);
  using signals = listenForSignals(io);
  const records = session.records(options.sandbox ?? false);
  const telephony = await session.telephony(options.sandbox ?? false);
  const store = await session.store();
  await warnOfCaller(single, session, store, telephony);
  const display = (): LiveDisplay | null => (out.live ? callDisplay(clock, out, signals.drain) : null);
  const shown = { display: display() };
  const override: SingleContext["override"] = async (closed) => {
    if (options.force !== true) return false;
    if (options.yes === true) {
      out.note(`calling anyway: ${closedText(closed)}`);
      return true;
    }
    if (isTerminal(io)) {
      await shown.display?.stop();
      const yes = await typedYes([closedText(closed), opensText(closed)], "call anyway", io, signals.drain);
      if (yes) shown.display = display();
      return yes;
    }
    throw new Misused("force", "expected --yes beside --force, since there is no terminal to ask on");
  };
  const onEvent: SingleContext["onEvent"] = (event) => {
    log("%j", eventJson(event));
    if (shown.display === null) out.event(eventJson(event), eventText(event, config.clockZone));
    else shown.display.onEvent(event, eventText(event, config.clockZone));
  };
  try {
    const call = await dialOnce(single, { store, telephony, clock, newId, records, onEvent, override }, signals.drain);
    await shown.display?.stop();
    out.result(callJson(call), () => callText(call));
    return signals.exitCode() ?? (call.status === "completed" || call.endReason === null ? 0 : 1);
  } catch (error) {
    const interrupted = signals.exitCode();
    if (error instanceof Refused && interrupted !== null) return interrupted;
    throw error;
  } finally {
    await shown.display?.stop();
  }
}

/** LiveKit shows the callee whatever number it is told; the carrier may not. */
async function warnOfCaller(
  { fromNumber, assistantId, trunkId }: SingleCall,
  { out, clock }: Session,
  store: Store,
  telephony: Telephony,
): Promise<void> {
  if (fromNumber === null) return;
  const pool = narrowed(assistantId === null ? [] : await store.listNumbers(assistantId), [fromNumber]);
  const warning = await new TrunkChoice(store, telephony, clock).warningOf(fromNumber, trunkId, pool);
  if (warning !== null) out.note(`warning: --from: ${warning}`);
}

async function parse(text: string, options: Options, session: Session): Promise<SingleCall> {
  if (options.assistant === undefined && options.trunk === undefined) {
    throw new Misused("dial", "expected --assistant or --trunk, got neither", { hint: "campaigns dial --help" });
  }
  if (!options.wait && options.sandbox === true) {
    throw new Misused("no_wait", "expected one of --no-wait and --sandbox, got both", {
      hint: "the LiveKit of --sandbox ends with the command, and the call with it",
    });
  }
  if (text === "-" && options.name === "-") {
    throw new Misused("stdin", "expected - once, got it for the number and for --name", {
      hint: "put one of them into a file, and name it as @FILE",
    });
  }
  const phoneNumber = await numberFrom(text, session);
  const ring = parseDuration(options.ring ?? "45s");
  if (ring === null || ring < 5 * SECOND || ring > 60 * SECOND) {
    throw new Misused("ring", `--ring: expected a duration from 5s to 60s, got "${options.ring}"`);
  }
  const name = options.name === undefined ? null : await textFrom(options.name, session);
  return {
    contact: { id: null, name, phoneNumber, email: null, variables: {} },
    assistantId: options.assistant ?? null,
    prompt: options.prompt ?? null,
    trunkId: options.trunk ?? null,
    fromNumber: options.from === undefined ? null : phoneArgument(options.from),
    ringSeconds: Math.round(ring / SECOND),
    maxDurationSeconds: 1800,
    waitForAgent: options.waitForAgent,
    wait: options.wait,
  };
}
