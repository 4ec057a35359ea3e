/** What a dialed call costs, beside a loop of livekit-server-sdk that stores nothing, against a LiveKit in a process of its own. */
import { once } from "node:events";
import { Scratch } from "../support/cli.ts";
import { aim, type Figure, here, node } from "./measure.ts";
import { benchNumber } from "./numbers.ts";

const CALLS = 1000;
const [TALK, RINGS] = [5, 0.5];
const RUNS = 3;
/** Calls at once. */
const MANY = 200;

interface Seen {
  readonly totalDials: number;
  readonly peak: number;
  readonly requests: Readonly<Record<string, number>>;
}

interface Dialed extends Figure {
  /** At the far side, per dialed call: all but the looks at a room, and those. */
  readonly requests: number;
  readonly looks: number;
  readonly peakCalls: number;
}

const CAMPAIGNS = here("../../bin/campaigns.js");
const BARE = here("./bare-sdk.ts");
const LOOKS = "RoomService/ListParticipants";

export async function dials(): Promise<string> {
  const bare: Dialed[] = [];
  const ours: Dialed[] = [];
  for (let run = 0; run < RUNS; run++) {
    bare.push(await dialed("bare SDK", () => Promise.resolve([BARE, String(CALLS), String(MANY)])));
    ours.push(await dialed("campaigns run", prepared));
  }
  const [base, own] = [median(bare), median(ours)];
  const cpu = ({ cpu: seconds, rows }: Dialed): number => (seconds / rows) * 1000;
  const speed = ({ wall, rows }: Dialed): number => rows / wall;
  return [
    `${CALLS} calls of ${TALK} s, ${MANY} at once; medians of ${RUNS} runs that took turns`,
    aim(
      `processor per dialed call: ${cpu(own).toFixed(2)} ms, ${cpu(base).toFixed(2)} bare: × ${(cpu(own) / cpu(base)).toFixed(2)}`,
      "× 1.5",
      cpu(own) <= 1.5 * cpu(base),
    ),
    aim(
      `dials a second: ${speed(own).toFixed(0)}, ${speed(base).toFixed(0)} bare: × ${(speed(own) / speed(base)).toFixed(2)}`,
      "× 0.6",
      speed(own) >= 0.6 * speed(base),
    ),
    aim(
      `requests per dialed call: ${own.requests.toFixed(2)} and ${own.looks.toFixed(2)} looks; bare ${base.requests.toFixed(2)} and ${base.looks.toFixed(2)}`,
      "4 and the looks",
      own.requests <= 4,
    ),
    `peak memory ${mb(own)} MB, bare ${mb(base)} MB; calls at once ${own.peakCalls}, bare ${base.peakCalls}`,
  ].join("\n");
}

const mb = ({ peak }: Figure): string => ((peak ?? NaN) / 1e6).toFixed(0);
const median = (runs: readonly Dialed[]): Dialed => {
  const sorted = runs.toSorted((a, b) => a.cpu - b.cpu);
  return sorted[sorted.length >> 1] ?? ({} as Dialed);
};

async function prepared(scratch: Scratch): Promise<string[]> {
  const rows = Array.from({ length: CALLS }, (_, n) => `Contact ${n},${benchNumber(n)}`);
  const csv = scratch.file("contacts.csv", ["name,phone_number", ...rows].join("\n"));
  const settings =
    `--name bench --assistant a1 --hours 0-24 --days all --rules none --timezone UTC --daily-cap 1000000 ` +
    `--delay 0s --concurrency ${MANY} --usual-hang-ups 100% --start`;
  const { code, stderr } = await scratch.run("create", "--csv", csv, ...settings.split(" "));
  if (code !== 0) throw new Error(stderr);
  return [CAMPAIGNS, "run", "--quiet"];
}

async function dialed(what: string, prepare: (scratch: Scratch) => Promise<string[]>): Promise<Dialed> {
  using folder = new Scratch();
  const behaviour = { does: "answer", rings: RINGS, talks: TALK };
  const script = folder.file("script.json", JSON.stringify({ others: [{ weight: 1, behaviour }] }));
  const farSide = folder.start("sandbox", "--script", script, "--json");
  const [first] = (await once(farSide.stdout ?? farSide, "data")) as [Buffer];
  const env = JSON.parse(String(first)) as Record<string, string>;
  folder.env(env);
  const argv = await prepare(folder);
  const figure = await node(what, CALLS, argv, { ...env, CAMPAIGNS_DB: folder.db, HOME: folder.dir });
  const seen = await inspect(env);
  farSide.kill("SIGTERM");
  await farSide.ended;
  if (seen.totalDials !== CALLS) throw new Error(`expected ${CALLS} dials, the far side saw ${seen.totalDials}`);
  const all = Object.values(seen.requests).reduce((sum, n) => sum + n, 0);
  const looks = seen.requests[LOOKS];
  if (looks === undefined)
    throw new Error(`expected looks (${LOOKS}), the far side saw ${Object.keys(seen.requests).join(", ")}`);
  return { ...figure, requests: (all - looks) / CALLS, looks: looks / CALLS, peakCalls: seen.peak };
}

async function inspect(env: Readonly<Record<string, string>>): Promise<Seen> {
  const { LIVEKIT_HOST = "", LIVEKIT_API_KEY, LIVEKIT_API_SECRET } = env;
  const authorization = `Basic ${btoa(`${LIVEKIT_API_KEY}:${LIVEKIT_API_SECRET}`)}`;
  const answer = await fetch(`${LIVEKIT_HOST.replace(/^ws/, "http")}/sandbox`, { headers: { authorization } });
  return (await answer.json()) as Seen;
}
