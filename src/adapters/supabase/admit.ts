/** Takes in what somebody else has written into the tables of running campaigns. */
import { z } from "zod";
import { ENDINGS } from "../../domain/calls/ending.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { isDialable, placeOfContact, placeOfNumber } from "../strangers.ts";
import { campaigns, done } from "./answers.ts";
import type { Asking } from "./asking.ts";
import { contactVerbs } from "./contacts.ts";
import { prefixed } from "./prefixes.ts";

const BATCH = 1000;

const answer = z.object({
  campaigns: z.unknown(),
  calls: z.array(z.object({ id: z.string(), number: z.string(), place: z.string() })),
});

export async function admit(asking: Asking, at: Instant): Promise<void> {
  const { call } = asking;
  for (;;) {
    const found = answer.parse(await call("admit", { limit: BATCH, lost: ENDINGS.lost.status }, at));
    const fresh = campaigns(found.campaigns).filter(({ status }) => status === "running");
    if (fresh.length === 0 && found.calls.length === 0) return;
    const { unplacedContacts, placeContacts } = contactVerbs(asking);
    for (const { id, source } of fresh) {
      for (;;) {
        const contacts = await unplacedContacts(source, BATCH);
        if (contacts.length === 0) break;
        await placeContacts(
          source,
          contacts.map((contact) => ({ key: contact.key, place: placeOfContact(contact) })),
        );
      }
      done(await call("begin", { id, ...(await prefixed(asking, id, at)) }, at));
    }
    const calls = found.calls.map(({ id, number: stored, place }) => {
      const number = String(asking.sealer.vault.opened(stored));
      if (isDialable(number)) return { id, number: stored, place: place === "" ? placeOfNumber(number) : place };
      // A sealed one that does not open was changed.
      const ending = number.startsWith("~") ? "unreadable" : "invalid_number";
      return { id, number: stored, ending, status: ENDINGS[ending].status };
    });
    if (calls.length > 0) done(await call("admit_calls", { calls }, at));
    if (found.calls.length < BATCH) return;
  }
}
