/** How true stored durations are: the callees' own talk times beside what is stored of them, at many live calls. */
import { HOUR, SECOND } from "../../src/domain/time/instant.ts";
import type { Telephony } from "../../src/engine/ports/index.ts";
import { Random } from "../../src/sandbox/index.ts";
import { fictionalNumber } from "../support/cli.ts";
import { Rig } from "../support/engine.ts";
import { aim, median, type Size } from "./measure.ts";

/** Milliseconds that each request to LiveKit takes. */
const REQUEST = 60;

/** Live calls, and how much each of their stored durations may be off, and how late the end of one may be noticed, seconds. */
const AIMS: readonly (readonly [live: number, off: number, late: number])[] = [
  [10, 1.5, 2],
  [300, 3, 3],
  [1000, 5, 5],
];
/** As many as are told within minutes of processor. */
const MOST: Readonly<Record<Size, number>> = { small: 300, full: 1000 };

export async function durations(size: Size): Promise<string> {
  const lines: string[] = [];
  for (const [live, mayBeOff, mayBeLate] of AIMS.filter(([calls]) => calls <= MOST[size])) {
    const { off, late } = await measured(live);
    lines.push(
      aim(
        `${live} live calls, stored durations off by at most ${figures(off)}`,
        `${mayBeOff} s`,
        most(off) <= mayBeOff,
      ),
      aim(`${live} live calls, ends noticed at most ${figures(late)} late`, `${mayBeLate} s`, most(late) <= mayBeLate),
    );
  }
  return lines.join("\n");
}

const most = (times: readonly number[]): number => Math.max(...times);
const figures = (times: readonly number[]): string =>
  `${most(times).toFixed(1)} s, median ${median(times).toFixed(1)} s`;

async function measured(live: number): Promise<{ readonly off: number[]; readonly late: number[] }> {
  await using rig = new Rig();
  const random = new Random(live);
  const talks = (): object => ({ does: "answer", rings: 1, talks: 60 + random.next() * 60 });
  rig.script({ numbers: Object.fromEntries(Array.from({ length: live }, (_, n) => [fictionalNumber(n), [talks()]])) });
  await rig.start(live, { concurrency: live, delay: "0s" });
  await rig.clock.finish(rig.work({}, rig.store, slow(rig)).done, HOUR);
  const off: number[] = [];
  const late: number[] = [];
  for (const event of rig.events) {
    if (event.type !== "call_ended") continue;
    const dial = rig.world.dials.find(({ participantIdentity }) => participantIdentity === `callee-${event.attemptId}`);
    const [since, until] = [dial?.answeredAt ?? NaN, dial?.endedAt ?? NaN];
    off.push(Math.abs((event.durationSeconds ?? NaN) - (until - since) / SECOND));
    late.push((event.at - until) / SECOND);
  }
  return { off, late };
}

/** A LiveKit that takes its time. */
const slow = ({ telephony, clock }: Rig): Telephony =>
  new Proxy(telephony, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name);
      if (typeof verb !== "function") return verb;
      return async (...args: unknown[]): Promise<unknown> => {
        await clock.sleep(REQUEST);
        return Reflect.apply(verb, target, args) as unknown;
      };
    },
  });
