/** campaigns serve */
import { hostname } from "node:os";
import { readFileSync } from "node:fs";
import debug from "debug";
import { SECOND } from "../../domain/time/instant.ts";
import { messageOf, Misused, Refused } from "../../engine/errors.ts";
import type { Metrics } from "../../http/metrics.ts";
import type { RunEvent } from "../../domain/calls/run-event.ts";
import type { Runner } from "../../engine/run/runner.ts";
import type { Recorder } from "../../engine/ports/recorder.ts";
import type { Telephony } from "../../engine/ports/index.ts";
import type { Cli } from "../cli.ts";
import { countOption } from "../count.ts";
import { eventText } from "../render/event.ts";
import { eventJson } from "../../json/calls.ts";
import type { Session } from "../session.ts";
import { type Interruptions, listenForSignals } from "../signals.ts";
import { startTelling, type Telling } from "../telling.ts";

const HELP = `
Tokens come from CAMPAIGNS_API_TOKEN: scope:owner:token, several with commas between; the scopes are read, operate and
admin, and the owner * is everybody. A token alone may do everything. Without the setting, a token is made for this
process and printed. On Supabase, the JWT of a signed-in user opens their own rows. GET /docs describes the API.`;

interface Options {
  readonly host: string;
  readonly port: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly behindProxy?: boolean;
  readonly allowOrigin?: string[];
  readonly rateLimit: string;
  readonly run?: boolean;
  readonly sandbox?: boolean;
}

const log = debug("outbound");

export function serveCommand(cli: Cli): void {
  cli
    .command("serve", "answer HTTP requests: the REST API, and with --run also the engine", "campaigns serve --run")
    .option(
      "--host <host>",
      "address to listen on; another than this machine's own needs a token, and TLS or a proxy",
      "127.0.0.1",
    )
    .option("--port <port>", "port to listen on; 0: any that is free", "8080")
    .option("--tls-cert <file>", "certificate in PEM, to answer https")
    .option("--tls-key <file>", "its key")
    .option("--behind-proxy", "a proxy in front of it answers https")
    .option("--allow-origin <origin...>", "let pages of these origins call it (default: none)")
    .option("--rate-limit <n>", "requests per second for each token", "100")
    .option("--run", "also dial what is due, as campaigns run --watch")
    .option("--sandbox", "dial the sandbox; no phone rings")
    .addHelpText("after", HELP)
    .action(cli.action(serve));
}

async function serve(session: Session, options: Options): Promise<number> {
  const { config, clock, newId, out, io } = session;
  if (options.run === true && !config.engineEnabled) {
    throw new Refused("engine_disabled", "ENABLE_CAMPAIGN_ENGINE is false", { hint: "unset it, or leave out --run" });
  }
  const [{ Access }, { createApp }, { Metrics }, { listen }, { SingleCalls }, { newToken, parseTokens }] =
    await Promise.all([
      import("../../http/access.ts"),
      import("../../http/app.ts"),
      import("../../http/metrics.ts"),
      import("../../http/server.ts"),
      import("../../http/single-calls.ts"),
      import("../../http/tokens.ts"),
    ]);
  const address = addressOf(options, config.apiToken !== undefined);
  const made = config.apiToken === undefined ? newToken(config.userId) : null;
  const tokens = made === null ? parseTokens(config.apiToken ?? "", config.userId) : [made.token];
  const perSecond = countOption("rate-limit", options.rateLimit);
  const store = await session.store();
  config.publicUrl();
  const { Webhooks } = await import("../../engine/manage/webhooks.ts");
  const { webhookDoor } = await import("../webhook-door.ts");

  using signals = listenForSignals(
    io,
    () => void session.reload().catch((error: unknown) => out.warn(messageOf(error))),
  );
  const onBug = (error: unknown): void =>
    out.warn(error instanceof Error && error.stack !== undefined ? error.stack : String(error));
  let dialer: Promise<Telephony> | null = null;
  const telephony = (): Promise<Telephony> => (dialer ??= session.telephony(options.sandbox ?? false));
  const records = session.records(options.sandbox ?? false);
  const metrics = new Metrics(clock);
  const onEvent = (event: RunEvent): void => metrics.onEvent(event);
  const singleCalls = new SingleCalls({ telephony, records, clock, newId, onEvent, onBug }, signals.leave);
  let runner: Runner | null = null;
  const webhooks = new Webhooks(metrics.timed(store), clock, () => runner?.hear());
  const { sandbox = false, behindProxy = false } = options;
  const { receiverAt } = await import("../../adapters/webhook/receiver.ts");
  const onRunEvent = (event: RunEvent): void => {
    metrics.onEvent(event);
    log("%j", eventJson(event));
    out.event(eventJson(event), eventText(event, config.clockZone));
  };
  let telling: Telling | null = null;
  const app = createApp({
    store: async (owner, actor) => metrics.timed(await session.storeOf(owner ?? config.userId, actor)),
    owner: config.userId ?? null,
    metrics,
    telephony,
    trunkAdmin: () => session.trunkAdmin(),
    singleCalls,
    webhooks: webhookDoor(session, webhooks, { sandbox, behindProxy }),
    access: new Access(tokens, config.usesFile ? null : await usersOf(session), clock),
    clock,
    newId,
    machineZone: config.machineZone,
    version: session.version,
    perSecond,
    origins: options.allowOrigin ?? [],
    closing: signals.drain,
    receiverProblem: (url) => {
      const receiver = receiverAt(url, session.config.webhookHosts);
      return typeof receiver === "string" ? receiver : null;
    },
    wake: () => {
      runner?.wake();
      telling?.wake();
    },
    onBug,
  });
  const server = await listen((request, env) => app.fetch(request, env), address);
  if (sandbox) await session.sendWebhooksTo(`${server.url}/webhooks/livekit`);
  const said = { type: "listening", url: server.url, docs: `${server.url}/docs`, ...(made && { token: made.text }) };
  out.event(said, [
    `listening on ${server.url}; the API is described at ${server.url}/docs`,
    ...(made === null ? [] : [`token for this process: ${made.text}`]),
  ]);
  if (options.run === true) {
    runner = await engine(
      session,
      await telephony(),
      await session.recorder(options.sandbox ?? false),
      session.livekitTime(options.sandbox ?? false),
      records,
      metrics,
      (event) => {
        onRunEvent(event);
        telling?.heard(event);
      },
    );
  }
  telling = await startTelling(session, signals.leave, onRunEvent);
  const running = runner?.run(signals);
  const stopped = new AbortController();
  running?.finally(() => stopped.abort()).catch(() => {});
  const end = AbortSignal.any([signals.drain, stopped.signal]);
  while (!end.aborted) await clock.sleep(Infinity, end);
  out.note("closing: no new requests; live calls are seen to their end");
  try {
    await Promise.all([server.close(signals.leave), untilLeft(singleCalls.ended(), signals), running]);
  } finally {
    await telling.end();
  }
  return signals.exitCode() ?? 0;
}

const untilLeft = (ended: Promise<void>, { leave }: Interruptions): Promise<void> =>
  Promise.race([
    ended,
    new Promise<void>((resolve) => leave.addEventListener("abort", () => resolve(), { once: true })),
  ]);

async function engine(
  session: Session,
  telephony: Telephony,
  recorder: Recorder,
  livekitTime: ReturnType<Session["livekitTime"]>,
  records: ReturnType<Session["records"]>,
  metrics: Metrics,
  onEvent: (event: RunEvent) => void,
): Promise<Runner> {
  const { clock, newId } = session;
  const { Runner } = await import("../../engine/run/runner.ts");
  return new Runner(metrics.timed(await session.store()), telephony, clock, {
    runnerId: `${hostname()}-${newId()}`,
    host: hostname(),
    watch: true,
    poll: 30 * SECOND,
    takeFor: null,
    only: [],
    parallel: Infinity,
    lease: 30 * SECOND,
    waitForAgent: true,
    dialer: "engine",
    newId,
    records,
    recorder,
    livekitTime,
    onEvent,
  });
}

async function usersOf(session: Session): Promise<(jwt: string) => Promise<string | null>> {
  const { userOf } = await import("../../adapters/supabase/users.ts");
  return async (jwt) => {
    const settings = session.config.supabase();
    const { userId } = session.config;
    const id = settings === null ? null : await userOf(jwt, settings);
    return userId === undefined || id === userId ? id : null;
  };
}

function addressOf(options: Options, hasToken: boolean) {
  const { host, tlsCert, tlsKey, behindProxy = false } = options;
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : NaN;
  if (!(port <= 65_535)) {
    throw new Misused("port", `--port: expected a number from 0 to 65535, got "${options.port}"`);
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new Misused("tls", "expected --tls-cert and --tls-key together, got one of them");
  }
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? null
      : { cert: pem(tlsCert, "--tls-cert"), key: pem(tlsKey, "--tls-key") };
  const isOwn = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host);
  if (!isOwn && (!hasToken || (tls === null && !behindProxy))) {
    const lacking = hasToken ? "TLS" : "a token in CAMPAIGNS_API_TOKEN";
    throw new Misused("exposed", `--host: another address than this machine's own needs ${lacking}`, {
      hint: "set CAMPAIGNS_API_TOKEN, and give --tls-cert and --tls-key, or --behind-proxy where a proxy answers https",
    });
  }
  return { host, port, tls };
}

function pem(path: string, flag: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Misused("tls", `${flag}: expected a readable file: ${messageOf(error)}`, { hint: `check ${flag}` });
  }
}
