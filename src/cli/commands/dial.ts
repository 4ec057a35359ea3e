/** campaigns dial */
import debug from "debug";
import { parseDuration } from "../../domain/duration.ts";
import { ENDINGS } from "../../domain/outcome.ts";
import { SECOND } from "../../domain/instant.ts";
import { Misused } from "../../engine/errors.ts";
import { dialOnce } from "../../engine/single.ts";
import { phoneArgument } from "../phone.ts";
import type { Cli } from "../program.ts";
import { callJson, eventJson } from "../render/json.ts";
import { eventText } from "../render/text.ts";
import { listenForSignals } from "../signals.ts";

const log = debug("outbound");

interface Options {
  readonly assistant?: string;
  readonly trunk?: string;
  readonly name?: string;
  readonly prompt?: string;
  readonly ring?: string;
  readonly waitForAgent?: boolean;
  readonly sandbox?: boolean;
}

export function dialCommand(cli: Cli): void {
  cli
    .command(
      "dial <number>",
      "one call, outside any campaign; exit code 0 answered, 1 not",
      "campaigns dial +12025550123 --assistant 7c9…",
    )
    .option("--assistant <id>", "the AI agent's configuration")
    .option("--trunk <id>", "LiveKit outbound trunk (default the only one there is)")
    .option("--name <name>", "the callee's name, for the agent")
    .option("--prompt <text>", "what the agent is told")
    .option("--ring <duration>", "how long the phone rings, 5s to 60s (default 45s)")
    .option("--no-wait-for-agent", "ring before the agent is in the room")
    .option("--sandbox", "dial a LiveKit of its own on loopback; no phone rings")
    .action(
      cli.action(async (session, text: string, options: Options) => {
        const { out, clock, newId, io } = session;
        if (options.assistant === undefined && options.trunk === undefined) {
          throw new Misused("dial", "expected --assistant or --trunk, got neither", { hint: "campaigns dial --help" });
        }
        const phoneNumber = phoneArgument(text);
        const ring = parseDuration(options.ring ?? "45s");
        if (ring === null || ring < 5 * SECOND || ring > 60 * SECOND) {
          throw new Misused("ring", `--ring: expected a duration from 5s to 60s, got "${options.ring}"`);
        }
        using signals = listenForSignals(io);
        const telephony = await session.telephony(options.sandbox ?? false);
        const call = await dialOnce(
          {
            contact: { id: null, name: options.name ?? null, phoneNumber, email: null, variables: {} },
            assistantId: options.assistant ?? null,
            prompt: options.prompt ?? null,
            trunkId: options.trunk ?? null,
            fromNumber: null,
            ringSeconds: Math.round(ring / SECOND),
            maxDurationSeconds: 1800,
            waitForAgent: options.waitForAgent ?? true,
          },
          {
            store: await session.store(),
            telephony,
            clock,
            newId,
            onEvent: (event) => {
              log("%j", eventJson(event));
              out.event(eventJson(event), eventText(event));
            },
          },
          signals.drain,
        );
        out.result(
          callJson(call),
          () => `${call.status}: ${call.endReason === null ? "" : ENDINGS[call.endReason].words}`,
        );
        return signals.exitCode() ?? (call.status === "completed" ? 0 : 1);
      }),
    );
}
