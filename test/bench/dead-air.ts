/** How soon the guard against dead air finds a campaign that is sick, and how often it is wrong. Seeded: the same each time. */
import { deadAir, TALKS, type Talk } from "../../src/domain/calls/dead-air.ts";
import { SECOND } from "../../src/domain/time/instant.ts";
import { Random } from "../../src/sandbox/index.ts";
import { aim } from "./measure.ts";

const [HEALTHY, SICK] = [0.25, 0.6];
const CAMPAIGNS = 1000;
const CALLS = 2_000_000;
const POOL = 4;

export function deadAirGuard(): Promise<string> {
  const random = new Random(1);
  const whole = quantiles(CAMPAIGNS, () => callsToTrip(random, () => SICK));
  const one = quantiles(CAMPAIGNS, () => callsToTrip(random, (id) => (id === 0 ? SICK : HEALTHY)));
  const alone = falseTrips(random, 1);
  const pool = falseTrips(random, POOL);
  return Promise.resolve(
    [
      aim(
        `60 % end early: paused after ${whole.median} answered calls (median), ${whole.tenth} for one in ten`,
        "40",
        whole.median <= 40,
      ),
      aim(
        `one caller ID of ${POOL} at 60 %: after ${one.median} calls with it (median), ${one.tenth} for one in ten`,
        "40",
        one.median <= 40,
      ),
      aim(`25 % end early: ${alone.toFixed(2)} false pauses per 10,000 calls`, "1", alone <= 1),
      aim(`the same over a pool of ${POOL}: ${pool.toFixed(2)}`, "2", pool <= 2),
    ].join("\n"),
  );
}

/** Answered calls until it is found: of all, or of caller ID 0 where the others are well. */
function callsToTrip(random: Random, shareOf: (id: number) => number): number {
  const talks: Talk[] = [];
  let its = 0;
  for (let n = 0; n < TALKS; n++) {
    const id = random.whole(0, POOL - 1);
    if (id === 0) its++;
    talks.push(talk(n, id, random.chance(shareOf(id))));
    const found = deadAir(talks, {}, Infinity);
    if (found !== null) return found.callerIds.length > 0 ? its : n + 1;
  }
  return Infinity;
}

/** As many calls as lie between two resumes are one history; a pause at any moment of it counts. */
function falseTrips(random: Random, pool: number): number {
  let trips = 0;
  for (let n = 0; n < CALLS / TALKS; n++) {
    const talks = Array.from({ length: TALKS }, (_, n) => talk(n, random.whole(0, pool - 1), random.chance(HEALTHY)));
    if (deadAir(talks, {}, Infinity) !== null) trips++;
  }
  return (trips / CALLS) * 10_000;
}

const talk = (n: number, id: number, early: boolean): Talk => ({
  callId: String(n),
  callerId: `+1202555010${id}`,
  answeredAt: n * SECOND,
  endedAt: (n + (early ? 3 : 60)) * SECOND,
  uncertainSeconds: 1,
  endedByUs: false,
  said: null,
});

function quantiles(times: number, act: () => number): { readonly median: number; readonly tenth: number } {
  const sorted = Array.from({ length: times }, act).toSorted((a, b) => a - b);
  return { median: sorted[times / 2] ?? NaN, tenth: sorted[times * 0.9] ?? NaN };
}
