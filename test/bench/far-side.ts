/**
 * A LiveKit in a process of its own, a database, and campaigns on them. It says when a dial came: while it collects all its memory
 * (20 ms), or waits for a core, dials pile up before it and seem to come at once. So it has room for what it keeps, and goes first.
 */
import { once } from "node:events";
import { setPriority } from "node:os";
import { Scratch } from "../support/cli.ts";
import { benchNumber } from "./numbers.ts";

export interface Seen {
  readonly totalDials: number;
  /** Calls at once. */
  readonly peak: number;
  /** By service and method. */
  readonly requests: Readonly<Record<string, number>>;
  /** When each dial came, milliseconds. */
  readonly calls: readonly { readonly at: number }[];
}

type Program = ReturnType<Scratch["start"]>;

/** What it may keep before V8 collects all of it, megabytes. */
const ROOM = 1024;
/** Niceness of those that go first. */
const FIRST = -15;

export class FarSide extends Scratch {
  #env: Readonly<Record<string, string>> = {};
  #sandbox: Program | null = null;

  /** All calls are answered, and are as long. */
  static async start(ringsSeconds: number, talksSeconds: number): Promise<FarSide> {
    const side = new FarSide();
    const behaviour = { does: "answer", rings: ringsSeconds, talks: talksSeconds };
    const script = side.file("script.json", JSON.stringify({ others: [{ weight: 1, behaviour }] }));
    side.#sandbox = side.start("sandbox", "--script", script, "--json");
    goFirst(side.#sandbox);
    const [first] = (await once(side.#sandbox.stdout ?? side.#sandbox, "data")) as [Buffer];
    side.#env = JSON.parse(String(first)) as Record<string, string>;
    side.env(side.#env);
    return side;
  }

  /** For a program that works with it. */
  get settings(): Readonly<Record<string, string>> {
    return { ...this.#env, CAMPAIGNS_DB: this.db, HOME: this.dir };
  }

  /** A started campaign that may call so many at any time. */
  async campaign(contacts: number, ...flags: string[]): Promise<void> {
    const rows = Array.from({ length: contacts }, (_, n) => `Contact ${n},${benchNumber(n)}`);
    const csv = this.file("contacts.csv", ["name,phone_number", ...rows].join("\n"));
    const open = "--hours 0-24 --days all --rules none --timezone UTC --daily-cap 1000000 --usual-hang-ups 100%";
    const settings = ["--name", "bench", "--assistant", "a1", ...open.split(" "), ...flags, "--start"];
    const { code, stderr } = await this.run("create", "--csv", csv, ...settings);
    if (code !== 0) throw new Error(stderr);
  }

  async seen(): Promise<Seen> {
    const { LIVEKIT_HOST = "", LIVEKIT_API_KEY, LIVEKIT_API_SECRET } = this.#env;
    const authorization = `Basic ${btoa(`${LIVEKIT_API_KEY}:${LIVEKIT_API_SECRET}`)}`;
    const answer = await fetch(`${LIVEKIT_HOST.replace(/^ws/, "http")}/sandbox`, { headers: { authorization } });
    return (await answer.json()) as Seen;
  }

  override how(...args: string[]): ReturnType<Scratch["how"]> {
    const how = super.how(...args);
    return args[0] === "sandbox" ? { ...how, args: [`--initial-old-space-size=${ROOM}`, ...how.args] } : how;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sandbox?.kill("SIGTERM");
    await this.#sandbox?.ended;
    this[Symbol.dispose]();
  }
}

/** Only root may: for others some dials seem to come closer together than they left. */
function goFirst({ pid }: Program): void {
  try {
    if (pid !== undefined) setPriority(pid, FIRST);
  } catch (error) {
    if (!["EACCES", "EPERM"].includes(String((error as NodeJS.ErrnoException).code))) throw error;
  }
}
