/** What a dialed call costs, beside a loop of livekit-server-sdk that stores nothing, against a LiveKit in a process of its own. */
import { FarSide } from "./far-side.ts";
import { aim, type Figure, here, median, node, type Size } from "./measure.ts";

const [TALK, RINGS] = [5, 0.5];
const RUNS = 3;
const SIZES: Readonly<Record<Size, { readonly calls: number; readonly atOnce: number }>> = {
  small: { calls: 600, atOnce: 200 },
  full: { calls: 5000, atOnce: 1000 },
};

interface Dialed extends Figure {
  /** At the far side, per dialed call: all but the looks at a room, and those. */
  readonly requests: number;
  readonly looks: number;
  readonly peakCalls: number;
}

const LOOKS = "RoomService/ListParticipants";

export async function dials(size: Size): Promise<string> {
  const { calls, atOnce } = SIZES[size];
  const bare: Dialed[] = [];
  const ours: Dialed[] = [];
  for (let run = 0; run < RUNS; run++) {
    bare.push(await dialed("bare SDK", calls, () => [here("./bare-sdk.ts"), String(calls), String(atOnce)]));
    ours.push(
      await dialed("campaigns run", calls, async (side) => {
        await side.campaign(calls, "--delay", "0s", "--concurrency", String(atOnce));
        return [here("../../bin/campaigns.js"), "run", "--quiet"];
      }),
    );
  }
  const both = (of: (run: Dialed) => number): [own: number, base: number] => [
    median(ours.map(of)),
    median(bare.map(of)),
  ];
  const [cpu, bareCpu] = both(({ cpu: seconds, rows }) => (seconds / rows) * 1000);
  const [speed, bareSpeed] = both(({ wall, rows }) => rows / wall);
  const [requests, bareRequests] = both((run) => run.requests);
  const [looks, bareLooks] = both((run) => run.looks);
  const [memory, bareMemory] = both(({ peak }) => (peak ?? NaN) / 1e6);
  const [peakCalls, barePeakCalls] = both((run) => run.peakCalls);
  return [
    `${calls} calls of ${TALK} s, ${atOnce} at once; medians of ${RUNS} runs that took turns`,
    aim("processor per dialed call", "at most × 1.5", cpu <= 1.5 * bareCpu, {
      value: `${cpu.toFixed(2)} ms`,
      baseline: `bare SDK ${bareCpu.toFixed(2)} ms`,
      ratio: cpu / bareCpu,
    }),
    aim(`dials a second, ${atOnce} at once`, "at least × 0.6", speed >= 0.6 * bareSpeed, {
      value: speed.toFixed(1),
      baseline: `bare SDK ${bareSpeed.toFixed(1)}`,
      ratio: speed / bareSpeed,
    }),
    // A run's own few requests are spread over its calls.
    aim("requests per dialed call", "at most 4 and the looks", Number(requests.toFixed(2)) <= 4, {
      value: `${requests.toFixed(2)} and ${looks.toFixed(2)} looks`,
      baseline: `bare SDK ${bareRequests.toFixed(2)} and ${bareLooks.toFixed(2)}`,
      ratio: requests / bareRequests,
    }),
    `  peak memory ${memory.toFixed(0)} MB, bare ${bareMemory.toFixed(0)} MB; calls at once ${peakCalls}, bare ${barePeakCalls}`,
  ].join("\n");
}

async function dialed(
  what: string,
  calls: number,
  prepare: (side: FarSide) => string[] | Promise<string[]>,
): Promise<Dialed> {
  await using side = await FarSide.start(RINGS, TALK);
  const figure = await node(what, calls, await prepare(side), side.settings);
  const { totalDials, peak, requests } = await side.seen();
  if (totalDials !== calls) throw new Error(`expected ${calls} dials, the far side saw ${totalDials}`);
  const all = Object.values(requests).reduce((sum, n) => sum + n, 0);
  const looks = requests[LOOKS];
  if (looks === undefined)
    throw new Error(`expected looks (${LOOKS}), the far side saw ${Object.keys(requests).join(", ")}`);
  return { ...figure, requests: (all - looks) / calls, looks: looks / calls, peakCalls: peak };
}
