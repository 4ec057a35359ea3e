/** What every store does with contact files and lists. */
import { describe, expect, test } from "vitest";
import type { NewContact } from "../../src/domain/calls/contact.ts";
import { DAY } from "../../src/domain/time/instant.ts";
import type { ContactCounts, MergedFile, Store } from "../../src/engine/ports/index.ts";
import { campaign, contact, NOON } from "../support/domain.ts";

const [FILE, KILLED, NEXT, IDLE] = [1, 2, 3, 4].map((n) => `f0000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];

const person = (n: number, more: Partial<NewContact> = {}): NewContact => ({
  ...contact,
  id: null,
  name: `Contact ${n}`,
  phoneNumber: `+120255501${String(n).padStart(2, "0")}`,
  ...more,
});

async function seal(store: Store, id: string, ...batches: readonly NewContact[][]): Promise<ContactCounts> {
  await store.addContactFile({ id, filename: "contacts.csv", size: 100 }, NOON);
  for (const batch of batches) await store.addContacts(id, batch);
  return store.sealContactFile(id);
}

async function merge(store: Store, name: string, ...contacts: readonly NewContact[]): Promise<MergedFile> {
  const id = crypto.randomUUID();
  await seal(store, id, [...contacts]);
  const merged = await store.mergeContactFile(id, { id: crypto.randomUUID(), name }, NOON);
  await store.dropContactFile(id);
  return merged;
}

/** The numbers that a campaign on this source calls, in their order. */
async function called(store: Store, source: typeof campaign.source): Promise<string[]> {
  const id = crypto.randomUUID();
  await store.createCampaign(id, { ...campaign, name: id, source }, NOON);
  await store.moveCampaign(id, "start", { at: NOON });
  const { calls } = await store.listCalls({ campaignId: id, limit: 1_000 });
  return calls.map((call) => call.contact.phoneNumber);
}

export function contactsContract(name: string, open: () => Promise<Store>): void {
  describe(`${name}: contacts`, () => {
    test("of the contacts with one number the first stays, in whatever batches they come", async () => {
      await using store = await open();
      const counts = await seal(store, FILE, [person(1), person(2), person(1)], [person(3), person(2), person(1)]);
      expect(counts).toEqual({ callable: 3, suppressed: 0, duplicates: 3 });
      expect(await called(store, { kind: "csv_file", id: FILE })).toEqual([1, 2, 3].map((n) => person(n).phoneNumber));
    });

    test("a number marked do-not-call in any row never becomes a call", async () => {
      await using store = await open();
      const marked = [person(2, { doNotCall: true }), person(1, { doNotCall: true })];
      const counts = await seal(store, FILE, [person(1), ...marked, person(3)]);
      expect(counts).toEqual({ callable: 1, suppressed: 2, duplicates: 1 });
      expect(await called(store, { kind: "csv_file", id: FILE })).toEqual([person(3).phoneNumber]);
    });

    test("the same contacts twice into a list add nobody twice", async () => {
      await using store = await open();
      const first = await merge(store, "members", person(2), person(1), person(3, { doNotCall: true }));
      expect(first.added).toEqual({ callable: 2, suppressed: 1, duplicates: 0 });
      const second = await merge(store, "members", person(2), person(1), person(3, { doNotCall: true }));
      expect(second.added).toEqual({ callable: 0, suppressed: 0, duplicates: 3 });
      expect(second.list).toMatchObject({ id: first.list.id, contacts: 3, suppressed: 1 });
    });

    test("contacts of a list are called in the order in which they came, file after file", async () => {
      await using store = await open();
      await merge(store, "members", person(5), person(2));
      const { list } = await merge(store, "members", person(4), person(5), person(1));
      expect(await called(store, { kind: "contact_list", id: list.id })).toEqual(
        [5, 2, 4, 1].map((n) => person(n).phoneNumber),
      );
    });

    test("a do-not-call that is new marks the contact that the list has already", async () => {
      await using store = await open();
      await merge(store, "members", person(1), person(2));
      const { list, added } = await merge(store, "members", person(1, { doNotCall: true }), person(3));
      expect(added).toEqual({ callable: 1, suppressed: 1, duplicates: 0 });
      expect(list).toMatchObject({ contacts: 3, suppressed: 1 });
      expect(await called(store, { kind: "contact_list", id: list.id })).toEqual(
        [2, 3].map((n) => person(n).phoneNumber),
      );
    });

    test("a do-not-call that is new ends the call that waits for the contact already", async () => {
      await using store = await open();
      const { list } = await merge(store, "members", person(1), person(2));
      await called(store, { kind: "contact_list", id: list.id });
      await merge(store, "members", person(1, { doNotCall: true }));
      const { calls } = await store.contactRecord(person(1).phoneNumber);
      expect(calls).toMatchObject([{ call: { status: "failed", endReason: "do_not_call", nextAttemptAt: null } }]);
      const other = await store.contactRecord(person(2).phoneNumber);
      expect(other.calls).toMatchObject([{ call: { status: "pending" } }]);
    });

    test("and a file that knows nothing of it does not take the mark away", async () => {
      await using store = await open();
      await merge(store, "members", person(1, { doNotCall: true }), person(2));
      const { list, added } = await merge(store, "members", person(1), person(2));
      expect(added).toEqual({ callable: 0, suppressed: 0, duplicates: 2 });
      expect(list.suppressed).toBe(1);
    });

    test("lists are found by id, name in any case, and the beginning of an id, in this order", async () => {
      await using store = await open();
      const { list } = await merge(store, "Members", person(1));
      const { list: other } = await merge(store, list.id.slice(0, 6), person(1));
      const found = async (ref: string): Promise<string[]> => (await store.findContactLists(ref)).map(({ id }) => id);
      expect(await found(list.id)).toEqual([list.id]);
      expect(await found("mEMBERS")).toEqual([list.id]);
      expect(await found(list.id.slice(0, 6))).toEqual([other.id]);
      expect(await found(list.id.slice(0, 8))).toEqual([list.id]);
      expect(await found("nothing")).toEqual([]);
      expect((await merge(store, "MEMBERS", person(2))).list).toMatchObject({ id: list.id, name: "Members" });
      expect((await store.listContactLists()).map(({ id }) => id).sort()).toEqual([list.id, other.id].sort());
    });

    test("what a file says about a contact is kept", async () => {
      await using store = await open();
      const consent = { grantedAt: NOON, source: "web form", proof: "form 7" };
      const whole = person(1, { company: "Engines", timeZone: "Europe/London", consent, variables: { city: "Rome" } });
      const { list } = await merge(store, "members", whole);
      const { inLists } = await store.contactRecord(whole.phoneNumber);
      const { id: _, ...facts } = whole;
      expect(inLists).toMatchObject([{ list: { id: list.id, name: "members" }, contact: facts }]);
    });

    test("a column that is called __proto__ is a column", async () => {
      await using store = await open();
      const variables = Object.fromEntries([
        ["__proto__", "x"],
        ["constructor", "y"],
      ]);
      await merge(store, "members", person(1, { variables }));
      const { inLists } = await store.contactRecord(person(1).phoneNumber);
      expect(new Map(Object.entries(inLists[0]?.contact.variables ?? {}))).toEqual(new Map(Object.entries(variables)));
    });

    test("a list says what its contacts that can be called say of themselves, and for how many each is filled", async () => {
      await using store = await open();
      const odd = Object.fromEntries([
        ["__proto__", "x"],
        ["due date", " \t\u00a0"],
        ["company", ""],
      ]);
      const { list } = await merge(
        store,
        "members",
        person(1, { name: "Ada", email: " ", company: "Acme", variables: { city: "Rome", company: "Acme" } }),
        person(2, { name: null, email: null, company: "Lost", variables: { city: "", ...odd, name: "Ben" } }),
        person(3, { name: null, email: null, variables: {} }),
        person(4, { name: "Eve", email: "eve@example.com", doNotCall: true, variables: { secret: "x" } }),
      );
      await merge(store, "others", person(5, { variables: { other: "x" } }));
      expect(await store.listVariables(list.id)).toEqual(
        new Map([
          ["name", 2],
          ["company", 1],
          ["city", 1],
          ["__proto__", 1],
          ["due date", 0],
        ]),
      );
      expect(await store.listVariables("f0000000-0000-4000-8000-0000000000ff")).toEqual(new Map());
    });

    test("a record says where a number is: lists, calls, campaigns that are not started", async () => {
      await using store = await open();
      await seal(store, FILE, [person(1), person(2, { doNotCall: true })]);
      await store.createCampaign(IDLE, { ...campaign, name: "idle", source: { kind: "csv_file", id: FILE } }, NOON);
      const source = { kind: "csv_file", id: FILE } as const;
      await called(store, source);
      const record = await store.contactRecord(person(1).phoneNumber);
      expect(record.calls).toMatchObject([{ campaign: { status: "running" }, call: { status: "pending" } }]);
      expect(record.waiting).toEqual([{ id: IDLE, name: "idle", status: "idle" }]);
      expect(await store.contactRecord(person(2).phoneNumber)).toEqual({ inLists: [], calls: [], waiting: [] });
    });

    test("what a killed import left is dropped by one a day later, and a file in use is not", async () => {
      await using store = await open();
      await store.addContactFile({ id: KILLED, filename: "a.csv", size: 0 }, NOON);
      await store.addContacts(KILLED, [person(1)]);
      await seal(store, FILE, [person(1)]);
      await store.addContactFile({ id: NEXT, filename: "b.csv", size: 0 }, NOON + 2 * DAY);
      await expect(store.addContacts(KILLED, [person(2)])).rejects.toThrow();
      expect(await called(store, { kind: "csv_file", id: FILE })).toEqual([person(1).phoneNumber]);
    });
  });
}
