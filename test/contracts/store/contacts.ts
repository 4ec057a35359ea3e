import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ContactSource } from "../../../src/domain/calls/campaign.ts";
import { NOON } from "../../support/domain.ts";
import { number, people, person, present, type Scene } from "./scene.ts";

export function contactsContract(scene: () => Scene): void {
  const unsealed = async (): Promise<ContactSource> => {
    const id = randomUUID();
    await scene().store.addContactFile({ id, filename: "contacts.csv", size: 12 }, NOON);
    return { kind: "csv_file", id };
  };

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
}
