/** campaigns sandbox */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf, Misused } from "../../engine/errors.ts";
import type { Cli } from "../cli.ts";
import { listenForSignals } from "../signals.ts";

export function sandboxCommand(cli: Cli): void {
  cli
    .command(
      "sandbox",
      "run a LiveKit with a simulated phone network on loopback, in the foreground",
      "campaigns sandbox --port 7880 --script busy-evening.json",
    )
    .option("--port <port>", "listen on this port of 127.0.0.1 (default: any free one)")
    .option("--script <file>", "what callees do and what fails (JSON; see docs/sandbox.md)")
    .option("--webhook <url>", "send webhooks there, signed as LiveKit signs them")
    .action(
      cli.action(async (session, options: { port?: string; script?: string; webhook?: string }) => {
        const { out, clock, io } = session;
        const { parseScript, startSandbox } = await import("../../sandbox/index.ts");
        const script =
          options.script === undefined ? undefined : parseScript(readScript(resolve(io.cwd(), options.script)));
        using signals = listenForSignals(io);
        await using sandbox = await startSandbox({
          clock,
          port: portOf(options.port),
          ...(script === undefined ? {} : { script }),
          ...(options.webhook === undefined ? {} : { webhook: addressOf(options.webhook) }),
        });
        const settings = {
          LIVEKIT_HOST: sandbox.url,
          LIVEKIT_API_KEY: sandbox.apiKey,
          LIVEKIT_API_SECRET: sandbox.apiSecret,
        };
        out.result(settings, () => Object.entries(settings).map(([name, value]) => `export ${name}=${value}`));
        out.note("the sandbox is up; press Ctrl-C to stop it; to see what was dialed:");
        out.note(`  curl -u $LIVEKIT_API_KEY:$LIVEKIT_API_SECRET ${sandbox.httpUrl}/sandbox`);
        while (!signals.drain.aborted) await clock.sleep(Infinity, signals.drain);
        return signals.exitCode() ?? 0;
      }),
    );
}

function readScript(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Misused("script", `expected a readable script: ${messageOf(error)}`, { hint: "check --script" });
  }
}

function addressOf(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new Misused("webhook", `--webhook: expected an http or https address, got "${url}"`, {
    hint: "campaigns serve takes them at http://127.0.0.1:8080/webhooks/livekit",
  });
}

function portOf(text = "0"): number {
  const port = Number(text);
  if (text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Misused("port", `--port: expected a number from 0 to 65535, got "${text}"`);
}
