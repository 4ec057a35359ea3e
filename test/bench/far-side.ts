/** A LiveKit in a process of its own, a database, and campaigns on them. */
import { once } from "node:events";
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

export class FarSide extends Scratch {
  #env: Readonly<Record<string, string>> = {};
  #sandbox: Program | null = null;

  /** All calls are answered, and are as long. */
  static async start(ringsSeconds: number, talksSeconds: number): Promise<FarSide> {
    const side = new FarSide();
    const behaviour = { does: "answer", rings: ringsSeconds, talks: talksSeconds };
    const script = side.file("script.json", JSON.stringify({ others: [{ weight: 1, behaviour }] }));
    side.#sandbox = side.start("sandbox", "--script", script, "--json");
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sandbox?.kill("SIGTERM");
    await this.#sandbox?.ended;
    this[Symbol.dispose]();
  }
}
