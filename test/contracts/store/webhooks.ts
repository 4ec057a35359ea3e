import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../../src/domain/time/instant.ts";
import type { Heard, Webhook } from "../../../src/engine/ports/index.ts";
import { TOLD } from "../../../src/engine/ports/webhooks.ts";
import { NOON, verdict } from "../../support/domain.ts";
import { answered, ended, identified, people, present, type Scene } from "./scene.ts";

const LEFT = { what: "leg_left", how: "left", late: 40, uncertain: 600, said: null, eventId: "EV_1" } as const;

const heard = (seq: number, notes: string): Heard => ({ verdict: verdict({ seq, notes }), problems: [] });

const hook = (attemptId: string, changes: Partial<Webhook> = {}): Webhook => ({
  ...LEFT,
  attemptId,
  sentAt: NOON,
  ...changes,
});

export function webhooksContract(scene: () => Scene): void {
  const talk = async () => {
    const campaign = await scene().running(people(1));
    const { attempt, call } = await scene().save(answered(await scene().dialed(campaign, await scene().runner())));
    return { campaign, attempt, call };
  };

  describe("a webhook", () => {
    test("is told to who asks about its attempt, with how long ago it came", async () => {
      const { store } = scene();
      const { attempt, campaign } = await talk();
      expect(await store.news([attempt.id], [campaign.id], NOON)).toEqual({ hangUps: [], told: [], heardAgo: null });

      expect(await store.hear(hook(attempt.id, { said: heard(1, 'he said "no"') }), NOON)).toBe("stored");
      await store.heardFrom("livekit", NOON);
      const told = [{ attemptId: attempt.id, ...LEFT, said: heard(1, 'he said "no"'), ago: 3 * SECOND }];
      expect(await store.news([attempt.id, randomUUID()], [], NOON + 3 * SECOND)).toEqual({
        hangUps: [],
        told,
        heardAgo: 3 * SECOND,
      });
      expect((await store.news([randomUUID(), "no id"], [], NOON)).told).toEqual([]);
    });

    test("of an attempt that is not there is kept for nobody", async () => {
      expect(await scene().store.hear(hook(randomUUID()), NOON)).toBe("unknown");
      expect(await scene().store.hear(hook("no id"), NOON)).toBe("unknown");
    });

    test("brings the wish to hang up in the same answer", async () => {
      const { store } = scene();
      const { campaign } = await talk();
      await store.moveCampaign(campaign.id, "stop", { at: NOON, hangUp: true });
      expect((await store.news([], [campaign.id], NOON)).hangUps).toEqual([campaign.id]);
    });

    test("changes nothing of the attempt and its call, and does not go back", async () => {
      const { store } = scene();
      const { attempt, call, campaign } = await talk();
      const seen = () => store.callHistory(campaign.id, call.contact.phoneNumber);
      const before = await seen();
      expect(await store.hear(hook(attempt.id, { sentAt: NOON + SECOND, eventId: "EV_2" }), NOON)).toBe("stored");
      expect(await store.hear(hook(attempt.id, { how: "unsure" }), NOON)).toBe("known");
      expect(await store.hear(hook(attempt.id, { sentAt: NOON + SECOND, eventId: "EV_2" }), NOON)).toBe("known");
      expect(await seen()).toEqual(before);
      expect((await store.news([attempt.id], [], NOON)).told).toEqual([
        { attemptId: attempt.id, ...LEFT, eventId: "EV_2", ago: 0 },
      ]);
    });

    test("in any order and however often comes to the same", async () => {
      const { store } = scene();
      const { attempt } = await talk();
      const some = fc.record({
        what: fc.constantFrom(...TOLD),
        sentAt: fc.integer({ min: 0, max: 3 }).map((n) => NOON + n * SECOND),
        eventId: fc.constantFrom("EV_a", "EV_B", "EV_c"),
      });
      // What an event says is its own: the same id at the same instant says the same.
      const full = ({ what, sentAt, eventId }: Pick<Webhook, "what" | "sentAt" | "eventId">): Webhook =>
        hook(attempt.id, { what, sentAt, eventId, late: (sentAt - NOON) / 10, said: heard(1, `${eventId}${sentAt}`) });
      // Later than all before: each round starts with a store that has heard nothing of its own.
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(some, { minLength: 1, maxLength: 8 }),
          fc.infiniteStream(fc.nat()),
          async (events, dice) => {
            const later = (round += 10) * SECOND;
            const all = events.map((event) => full({ ...event, sentAt: event.sentAt + later }));
            for (const each of all) await store.hear(each, NOON);
            const first = (await store.news([attempt.id], [], NOON)).told;
            const shuffled = [...all, ...all].toSorted(() => (dice.next().value % 3) - 1);
            for (const each of shuffled) await store.hear(each, NOON);
            expect((await store.news([attempt.id], [], NOON)).told).toEqual(first);
            const last = (what: string): Webhook | undefined =>
              all
                .filter((each) => each.what === what)
                .toSorted((a, b) => a.sentAt - b.sentAt || (a.eventId < b.eventId ? -1 : 1))
                .at(-1);
            for (const { what, said } of first) if (last(what) !== undefined) expect(said).toEqual(last(what)?.said);
          },
        ),
        { numRuns: 15 },
      );
    });
  });

  test("who was heard of last is remembered, and a clock set back forgets nobody", async () => {
    const { store } = scene();
    expect(await store.webhookSenders(NOON)).toEqual({});
    await store.heardFrom("livekit", NOON);
    await store.heardFrom("twilio", NOON + SECOND);
    await store.heardFrom("livekit", NOON - SECOND);
    expect(await store.webhookSenders(NOON + 5 * SECOND)).toEqual({ livekit: 5 * SECOND, twilio: 4 * SECOND });
    expect(await store.webhookSenders(NOON - SECOND)).toEqual({ livekit: 0, twilio: 0 });
  });

  test("the attempt that the carrier names is found by the carrier's id", async () => {
    const { store } = scene();
    const campaign = await scene().running(people(1));
    const dialed = await scene().dialed(campaign, await scene().runner());
    expect(await store.attemptOfCarrier("CA1")).toBeNull();
    await scene().save(identified(dialed));
    expect(await store.attemptOfCarrier("CA1")).toBe(dialed.attempt.id);
  });

  test("a price that is known stays when the carrier's record comes again without one", async () => {
    const { store } = scene();
    const campaign = await scene().running(people(1));
    const { attempt } = await scene().save(
      ended(await scene().dialed(campaign, await scene().runner()), "no_answer", NOON),
    );
    const sid = `CA${"1".repeat(32)}`;
    const record = {
      id: sid,
      status: "completed",
      durationSeconds: 9,
      price: null,
      startedAt: NOON,
      endedAt: null,
    } as const;
    const price = { micros: 5000, unit: "USD" };
    expect(await store.saveCarrierCall(attempt.id, { ...record, price }, NOON)).toBe(true);
    expect(await store.saveCarrierCall(attempt.id, record, NOON)).toBe(true);
    expect(await store.costs(campaign.id)).toEqual([{ ...price, calls: 1 }]);
    expect(present(await store.findCall(attempt.callId)).id).toBe(attempt.callId);
  });
}
