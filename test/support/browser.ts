/**
 * Chromium, from an npm package that ships the browser itself, so that a fresh clone needs nothing but npm. Spoken to over
 * its DevTools protocol with Node's own WebSocket: a driver would be ten times the size of the few calls made here.
 * Nothing but 127.0.0.1 can be reached from it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Why there is no browser here; null: there is one. */
export const NO_BROWSER =
  process.platform === "linux" && process.arch === "x64"
    ? null
    : `@sparticuz/chromium has no build for ${process.platform} ${process.arch}`;

const MODULES = fileURLToPath(new URL("../../node_modules/", import.meta.url));
const UNPACKED = join(MODULES, ".cache", "chromium-153");
/** Beside the browser: libraries and fonts that a bare machine lacks. */
const UNPACK = `
  import chromium, { inflate } from "@sparticuz/chromium";
  chromium.setGraphicsMode = false;
  await chromium.executablePath();
  await inflate(${JSON.stringify(join(MODULES, "@sparticuz/chromium/bin/al2023.tar.br"))});`;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--no-zygote",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--remote-debugging-port=0",
];

/** Two that unpack at once each do it whole; the first to be done is used by both. */
async function unpacked(): Promise<string> {
  if (!existsSync(UNPACKED)) {
    mkdirSync(join(MODULES, ".cache"), { recursive: true });
    const fresh = mkdtempSync(`${UNPACKED}-`);
    const argv = ["--input-type=module", "-e", UNPACK];
    const child = spawn(process.execPath, argv, {
      cwd: MODULES,
      env: { ...process.env, TMPDIR: fresh },
      stdio: "inherit",
    });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`expected to unpack Chromium, but it ended with ${String(code)}`);
    try {
      renameSync(fresh, UNPACKED);
    } catch {
      rmSync(fresh, { recursive: true });
    }
  }
  return UNPACKED;
}

/** The package's own, which are there on every machine, and what the machine has beside them. */
const FONTS = (folder: string, cache: string): string =>
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>${join(folder, "fonts")}</dir><dir>/usr/share/fonts</dir><cachedir>${cache}</cachedir>
<include ignore_missing="yes">/etc/fonts/conf.d</include></fontconfig>`;

type Answer = Readonly<Record<string, unknown>>;
type Listener = (method: string, params: Answer) => void;

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

export class Browser implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #end: () => Promise<void>;
  readonly #asked = new Map<number, PromiseWithResolvers<Answer>>();
  readonly #listeners = new Map<string, Listener>();

  private constructor(socket: WebSocket, end: () => Promise<void>) {
    this.#socket = socket;
    this.#end = end;
    socket.addEventListener("message", ({ data }) => this.#heard(String(data)));
    socket.addEventListener("close", () => {
      for (const { reject } of this.#asked.values()) reject(new Error("the browser is gone"));
    });
  }

  static async start(): Promise<Browser> {
    const folder = await unpacked();
    const profile = mkdtempSync(join(folder, "profile-"));
    const fonts = join(profile, "fonts.conf");
    writeFileSync(fonts, FONTS(folder, profile));
    const libraries = join(folder, "al2023", "lib");
    const env = { ...process.env, HOME: profile, LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: fonts };
    const argv = [...FLAGS, `--user-data-dir=${profile}`, "about:blank"];
    const child = spawn(join(folder, "chromium"), argv, { env, stdio: ["ignore", "ignore", "pipe"] });
    const exited = once(child, "exit");
    const end = async (): Promise<void> => {
      child.kill("SIGKILL");
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      let said = "";
      for await (const line of createInterface(child.stderr)) {
        said += `${line}\n`;
        const [, url] = /DevTools listening on (ws:\S+)/.exec(line) ?? [];
        if (url === undefined) continue;
        child.stderr.resume();
        const socket = new WebSocket(url);
        await once(socket, "open");
        return new Browser(socket, end);
      }
      throw new Error(`expected Chromium to start, but it said:\n${said}`);
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** A page, once it is loaded. */
  async open(url: string, { width = 1280, height = 900, dark = false }: Look = {}): Promise<Page> {
    const { targetId } = await this.#ask("", "Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#ask("", "Target.attachToTarget", { targetId, flatten: true });
    const session = String(sessionId);
    const ask: Page["ask"] = (method, params) => this.#ask(session, method, params);
    const page = new Page(ask);
    this.#listeners.set(session, (method, params) => page.hear(method, params));
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await ask(`${domain}.enable`, {});
    await ask("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
    await ask("Emulation.setEmulatedMedia", { features });
    await ask("Page.navigate", { url });
    await page.loaded;
    return page;
  }

  async #ask(sessionId: string, method: string, params: object): Promise<Answer> {
    const id = (this.#last += 1);
    const answer = Promise.withResolvers<Answer>();
    this.#asked.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId !== "" && { sessionId }) }));
    try {
      return await answer.promise;
    } finally {
      this.#asked.delete(id);
    }
  }
  #last = 0;

  #heard(text: string): void {
    const { id, result, error, method, params, sessionId } = JSON.parse(text) as {
      id?: number;
      result?: Answer;
      error?: { message: string };
      method?: string;
      params?: Answer;
      sessionId?: string;
    };
    const asked = this.#asked.get(id ?? NaN);
    if (error !== undefined) asked?.reject(new Error(error.message));
    else asked?.resolve(result ?? {});
    if (method !== undefined) this.#listeners.get(sessionId ?? "")?.(method, params ?? {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#end();
  }
}

export class Page {
  readonly ask: (method: string, params: object) => Promise<Answer>;
  /** Addresses that it asked for. */
  readonly requests: string[] = [];
  /** What the browser complained of: errors, blocked styles and scripts. */
  readonly problems: string[] = [];
  readonly #loaded = Promise.withResolvers<void>();

  constructor(ask: Page["ask"]) {
    this.ask = ask;
  }

  get loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  hear(method: string, params: Answer): void {
    if (method === "Page.loadEventFired") this.#loaded.resolve();
    if (method === "Network.requestWillBeSent") this.requests.push((params["request"] as { url: string }).url);
    if (method === "Log.entryAdded" || method === "Runtime.exceptionThrown") this.problems.push(JSON.stringify(params));
  }

  /** What an expression comes to in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.ask("Runtime.evaluate", { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value?: unknown }).value;
  }

  /** The page as it is seen, as PNG. */
  async screenshot(path: string): Promise<void> {
    const { data } = await this.ask("Page.captureScreenshot", { format: "png" });
    writeFileSync(path, Buffer.from(String(data), "base64"));
  }
}
