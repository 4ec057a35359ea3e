import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Campaign, ContactSource } from "../../../src/domain/calls/campaign.ts";
import type { NewContact } from "../../../src/domain/calls/contact.ts";
import { MINUTE } from "../../../src/domain/time/instant.ts";
import type { JoinedFile } from "../../../src/engine/ports/index.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { ended, number, people, person, present, type Scene } from "./scene.ts";

/** Read anew each time, as from a file: ids are the batch's own. */
const withTwoNew = (): NewContact[] => [
  person(5),
  person(1),
  person(2, { name: "Somebody else" }),
  person(4),
  person(5),
];

export function contactsContract(scene: () => Scene): void {
  const unsealed = async (): Promise<ContactSource> => {
    const id = randomUUID();
    await scene().store.addContactFile({ id, filename: "contacts.csv", size: 12 }, NOON);
    return { kind: "csv_file", id };
  };

  const join = async (campaign: Campaign, contacts: readonly NewContact[], dry = false): Promise<JoinedFile | null> => {
    const { id } = await scene().file(contacts);
    const joined = await scene().store.joinContactFile(id, campaign.id, NOON + MINUTE, dry);
    await scene().store.dropContactFile(id);
    return joined;
  };
  const numbers = async ({ id }: Campaign): Promise<string[]> =>
    (await scene().store.listCalls({ campaignId: id, limit: 99 })).calls.map(({ contact }) => contact.phoneNumber);

  describe("contacts", () => {
    test("are added batch by batch, and once sealed each number is there once", async () => {
      const { store } = scene();
      const source = await unsealed();
      for (const batch of [people(3), people(5), [person(9), person(9)], []]) await store.addContacts(source.id, batch);
      expect(await store.sealContactFile(source.id)).toEqual({ callable: 6, suppressed: 0, duplicates: 4 });
      const campaign = await scene().running([], { source });
      expect((await store.progress(campaign.id, NOON)).total).toBe(6);
    });

    test("keep their order, name, email and every further column", async () => {
      const { store } = scene();
      const variables = { "due date": "2026-12-01", plan: 'the "basic" one', company: "Acme" };
      const ada = person(2, { name: "Ada O'Brien", email: "ada@example.com", variables });
      const campaign = await scene().running([ada, person(1), person(0, { name: null, id: null })]);
      const { calls } = await store.listCalls({ campaignId: campaign.id, limit: 10 });
      expect(calls.map(({ contact }) => contact.phoneNumber)).toEqual([number(2), number(1), number(0)]);
      expect(calls[0]?.contact).toEqual({ ...ada, id: expect.any(String) });
      expect(calls[2]?.contact.name).toBeNull();
    });

    test("of a file that broke off are dropped with it; dropping it again is no error", async () => {
      const { store } = scene();
      const source = await unsealed();
      await store.addContacts(source.id, people(3));
      await store.dropContactFile(source.id);
      await store.dropContactFile(source.id);
      // Nothing is left behind that would stand in the way of the same file.
      await store.addContactFile({ id: source.id, filename: "contacts.csv", size: 12 }, NOON);
      await store.addContacts(source.id, people(3));
      expect((await store.sealContactFile(source.id)).callable).toBe(3);
    });

    test("come by the thousand, and so do their calls when asked for at once", async () => {
      const { store } = scene();
      const many = Array.from({ length: 1500 }, (_, n) => person(n, { phoneNumber: `+1${2_000_000_000 + n}` }));
      const campaign = await scene().running(many);
      expect((await store.progress(campaign.id, NOON)).total).toBe(1500);
      const { calls, next } = await store.listCalls({ campaignId: campaign.id, limit: 1400 });
      expect(new Set(calls.map(({ id }) => id)).size).toBe(1400);
      const rest = await store.listCalls({ campaignId: campaign.id, limit: 5000, after: present(next) });
      expect([rest.calls.length, rest.next]).toEqual([100, null]);
    });
  });

  describe("a file that joins a campaign", () => {
    test("adds those that are new, each once, and says who is known, and who is not in it", async () => {
      const { store } = scene();
      const campaign = await scene().idle(people(3));
      const found = { added: 2, known: 2, differing: 1, marked: 0, missing: 1 };
      expect(await join(campaign, withTwoNew(), true)).toEqual(found);
      expect(await join(campaign, withTwoNew())).toEqual(found);
      expect(await join(campaign, withTwoNew())).toEqual({ ...found, added: 0, known: 4 });
      await store.moveCampaign(campaign.id, "start", { at: NOON });
      expect(await numbers(campaign)).toEqual([0, 1, 2, 5, 4].map(number));
      expect((await store.callHistory(campaign.id, number(2)))?.call.contact.name).toBe("Person 2");
    });

    test("of whom it says the same as before, proof of consent included, has none who differ", async () => {
      const given = { grantedAt: NOON - 123, source: "web form", proof: "form 7" };
      const same = (): NewContact[] => [
        { ...person(0, { variables: { city: "Ulm" } }), consent: given },
        { ...person(1), consent: { ...given, proof: null } },
      ];
      const campaign = await scene().idle(same());
      expect(await join(campaign, same())).toMatchObject({ known: 2, differing: 0 });
      const other = same().map((contact) => ({ ...contact, consent: { ...given, proof: "form 8" } }));
      expect(await join(campaign, other)).toMatchObject({ known: 2, differing: 2 });
    });

    test("makes calls of them where the campaign was started, and nobody twice; the totals add up", async () => {
      const { store } = scene();
      await store.addDoNotCall([{ phoneNumber: number(7), source: "s", reason: null, addedAt: NOON }]);
      const campaign = await scene().running([person(0), person(7)]);
      expect((await store.progress(campaign.id, NOON)).skipped).toBe(1);
      const claim = await scene().claimed(campaign, await scene().runner());
      await store.save(ended(claim, "no_answer"));
      expect(await join(campaign, [person(0), person(1), person(7)])).toMatchObject({ added: 1, known: 2, missing: 0 });
      await Promise.all(
        Array.from({ length: 4 }, () => join(campaign, [...people(4), { ...person(9), doNotCall: true }])),
      );
      expect(await numbers(campaign)).toEqual([0, 1, 2, 3].map(number));
      const { total, skipped } = await scene().expectRightCounts(campaign);
      expect([total, skipped]).toEqual([4, 2]);
      expect((await store.callHistory(campaign.id, number(0)))?.attempts).toHaveLength(1);
    });

    test("passes on who does not want to be called any more", async () => {
      const { store } = scene();
      const campaign = await scene().running(people(2));
      expect(await join(campaign, [{ ...person(1), doNotCall: true }])).toMatchObject({
        known: 1,
        marked: 1,
        missing: 1,
      });
      const history = await store.callHistory(campaign.id, number(1));
      expect(history?.call).toMatchObject({ status: "failed", endReason: "do_not_call" });
      expect((await store.callHistory(campaign.id, number(0)))?.call.status).toBe("pending");
    });

    test("changes nothing of a campaign that is over, or whose contacts are not its own", async () => {
      const { store } = scene();
      const over = await scene().running(people(1));
      await store.moveCampaign(over.id, "stop", { at: NOON });
      expect(await join(over, people(2))).toBeNull();
      expect(await join(over, people(2), true)).toMatchObject({ added: 1, known: 1 });
      const one = await scene().idle(people(1));
      const other = await scene().idle([], { source: one.source });
      expect([await join(one, people(2)), await join(other, people(2))]).toEqual([null, null]);
      expect(await join({ ...one, id: randomUUID() }, people(2))).toBeNull();
      await store.moveCampaign(one.id, "start", { at: NOON });
      expect(await numbers(one)).toEqual([number(0)]);
    });

    test("keeps a runner from ending the campaign that has not seen them", async () => {
      const { store } = scene();
      const campaign = await scene().running([]);
      const finish = (unreachable: string[]) => store.moveCampaign(campaign.id, "finish", { at: NOON, unreachable });
      await join(campaign, people(1));
      expect(await finish([])).toBeNull();
      expect(await finish(["nowhere"])).toBeNull();
      expect((await store.callHistory(campaign.id, number(0)))?.call.status).toBe("pending");
      expect(await finish([PLACE])).toMatchObject({ status: "completed" });
    });
  });
}
