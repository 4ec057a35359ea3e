/** A file with a campaign that has come some way: most of its contacts live in New York, some in London. */
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import { answered, dialing, ended, happened, people, person, Scene } from "../contracts/store/scene.ts";
import { NOON, PLACE } from "./domain.ts";

/** Whom it is about: not to be seen. */
export const PEOPLE = /Person|\+?1202555|7700/;
const LONDON = "GB Europe/London";

export async function cameTo(path: string, name = "spring"): Promise<void> {
  await using store = openSqliteStore(path);
  const scene = new Scene(store);
  const britons = [0, 1, 2, 3].map((n) => person(n, { name: `Person ${n}`, phoneNumber: `+44770090010${n}` }));
  const campaign = await scene.running([...people(20), ...britons], { name, timeZone: "America/New_York" });
  const runner = await scene.runner(NOON, NOON + 90 * HOUR);
  const dial = async (place: string, at: Instant) => {
    const claim = await scene.claimed(campaign, runner, { at: at - 2 * SECOND, open: [{ place, caps: [] }] });
    const change = dialing(claim, at, "2026-11-23", "+12025550199");
    await store.beginDial(change, 0);
    return change;
  };
  for (let n = 0; n < 32; n++) {
    const at = NOON + 2 * HOUR + n * 20 * MINUTE;
    const claim = await dial(n % 8 === 7 ? LONDON : PLACE, at);
    if (n % 4 === 0) {
      const talk = await scene.save(answered(claim, at + 8 * SECOND));
      const end = at + (20 + n * 3) * SECOND;
      await scene.save(happened(talk, { type: "ended", at: end, ending: "completed", agentStayed: true }));
      const price = n === 0 ? null : { micros: 12_500, unit: "USD" };
      const record = { id: `CA${n}`, status: "completed", durationSeconds: 12, startedAt: at, endedAt: end } as const;
      await store.saveCarrierCall(talk.attempt.id, { ...record, price }, end);
      await store.setOutcome(talk.call.id, n % 8 === 0 ? "interested" : "not_interested", "Person said", end);
    } else if (n % 4 === 1) {
      const machine = await scene.save(answered(claim, at + 20 * SECOND));
      await scene.save(ended(machine, "voicemail", at + 25 * SECOND));
    } else
      await scene.save(
        ended(claim, n === 30 ? "refused_destination" : n % 4 === 2 ? "no_answer" : "busy", at + 45 * SECOND),
      );
  }
}
