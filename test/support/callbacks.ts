/** A campaign of some days with callbacks in it, on the manual clock: over a night on which the clock changes, and a kill. */
import { CallingHours } from "../../src/domain/hours/calling-hours.ts";
import { placeKey, placeOf } from "../../src/domain/phones/place.ts";
import { HOUR, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import { Refused } from "../../src/engine/errors.ts";
import { fictionalNumber } from "./cli.ts";
import { Rig } from "./engine.ts";

const ZONES = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"];
/** Friday; the clock is put back in the night to Sunday. */
const START = Date.UTC(2026, 9, 30, 13);

export interface CallbackFigures {
  readonly promised: number;
  /** Seconds from the promise to the dial, sorted. */
  readonly late: readonly number[];
  /** Dials before the promise · outside the hours · of callbacks beyond the first for each promise. */
  readonly early: number;
  readonly outside: number;
  readonly twice: number;
  /** Promised, neither dialed nor said to be missed. */
  readonly lost: number;
  readonly missed: number;
}

export async function simulateCallbacks(contacts: number, every: number): Promise<CallbackFigures> {
  await using rig = new Rig(START);
  rig.behave({ does: "answer", rings: 3, talks: 90 });
  const people = Array.from({ length: contacts }, (_, n) => {
    const phoneNumber = fictionalNumber(n);
    const timeZone = ZONES[n % ZONES.length] ?? "";
    return {
      id: rig.newId(),
      name: null,
      phoneNumber,
      email: null,
      variables: {},
      timeZone,
      place: placeKey(placeOf(phoneNumber, timeZone)),
    };
  });
  const batches = (async function* () {
    yield people;
  })();
  const settings = {
    name: "c",
    assistant: "a1",
    hours: "9-20",
    days: "all",
    dailyCap: Math.ceil(contacts / 3),
    delay: "5s",
    concurrency: 5,
  };
  const campaign = await rig.campaigns.create(
    { ...settings, rules: "none", hoursIn: "contact", timezone: ZONES[1] },
    { filename: "f", size: 0, batches },
    "UTC",
  );
  await rig.campaigns.start(campaign.id);

  const promises = new Map<string, number>();
  const how = { watch: true, poll: 5 * MINUTE, lease: 3 * MINUTE };
  let working = rig.work(how);
  let seen = 0;
  for (let quarter = 0; quarter < 5 * 24 * 4; quarter++) {
    await rig.clock.advance(15 * MINUTE);
    if (quarter === 30 || quarter === 130) {
      // Gone at once, with its calls under way; the next one takes them over.
      working.leave.abort();
      await working.done;
      working = rig.work(how);
    }
    const ended = rig.said("call_ended");
    for (; seen < ended.length; seen++) {
      const event = ended[seen];
      if (
        event?.type !== "call_ended" ||
        event.ending !== "completed" ||
        seen % every !== 0 ||
        promises.has(event.callId)
      )
        continue;
      for (let draw = 0; draw < 20; draw++) {
        const at = rig.clock.now() + (((seen * 7919 + draw * 104729) % (2 * 24 * 60)) + 60) * MINUTE;
        try {
          const { callback } = await rig.campaigns.promiseCallback(
            event.callId,
            { said: new Date(at).toISOString(), zone: null },
            null,
          );
          promises.set(event.callId, callback.at);
          break;
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
        }
      }
    }
  }
  working.drain.abort();
  await rig.clock.finish(working.done, HOUR);

  const hours = new CallingHours(campaign);
  const late: number[] = [];
  let [early, outside, twice, lost] = [0, 0, 0, 0];
  for (const { phoneNumber, place } of people) {
    const history = await rig.store.callHistory(campaign.id, phoneNumber);
    const dials = (history?.attempts ?? []).filter(({ dialedAt }) => dialedAt !== null);
    outside += dials.filter(({ dialedAt }) => !hours.isOpen(place, dialedAt ?? 0)).length;
    const promised = promises.get(history?.call.id ?? "");
    if (promised === undefined) continue;
    const kept = dials.filter(({ callbackAt }) => callbackAt !== null);
    if (kept.length > 1) twice += 1;
    const isMissed = (history?.call.callbackMissedAt ?? null) !== null;
    if (kept.length === 0 && !isMissed) lost += 1;
    for (const { dialedAt, callbackAt } of kept) {
      const by = ((dialedAt ?? 0) - (callbackAt ?? 0)) / SECOND;
      if (by < 0) early += 1;
      late.push(by);
    }
  }
  const missed = rig.said("callback_missed").length;
  return { promised: promises.size, late: late.toSorted((a, b) => a - b), early, outside, twice, lost, missed };
}

/** The share that was dialed within so many milliseconds of the promise. */
export const shareWithin = ({ promised, late }: CallbackFigures, ms: number): number =>
  late.filter((by) => by * SECOND <= ms).length / promised;
