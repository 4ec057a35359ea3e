/** Contacts, their lists and consents → JSON. */
import type { JudgedConsent } from "../domain/calls/consent.ts";
import type { NewContact } from "../domain/calls/contact.ts";
import type { KnownContact } from "../engine/manage/contacts.ts";
import type { ContactList } from "../engine/ports/index.ts";
import { callJson, iso } from "./calls.ts";

export const listJson = ({ id, name, contacts, suppressed, createdAt }: ContactList) => ({
  id,
  name,
  contacts,
  do_not_call: suppressed,
  created_at: iso(createdAt),
});

export const consentJson = (consent: JudgedConsent) => ({
  phone_number: consent.phoneNumber,
  channel: consent.channel,
  purpose: consent.purpose,
  level: consent.level,
  granted_at: iso(consent.grantedAt),
  source: consent.source,
  proof: consent.proof,
  expires_at: iso(consent.expiresAt),
  revoked_at: iso(consent.revokedAt),
  valid: consent.valid,
});

export const contactJson = ({ phoneNumber, onDoNotCallList, consents, inLists, calls, waiting }: KnownContact) => ({
  phone_number: phoneNumber,
  on_do_not_call_list: onDoNotCallList,
  consents: consents.map(consentJson),
  lists: inLists.map(({ list, contact }) => ({ ...list, contact: personJson(contact) })),
  calls: calls.map(({ campaign, call }) => ({ campaign: campaign?.name ?? null, ...callJson(call) })),
  not_started: waiting.map(({ id, name }) => ({ campaign_id: id, campaign: name })),
});

const personJson = ({ name, email, company, doNotCall, timeZone, consent, variables }: NewContact) => ({
  name,
  email,
  company: company ?? null,
  do_not_call: doNotCall === true,
  time_zone: timeZone ?? null,
  consent:
    consent == null ? null : { granted_at: iso(consent.grantedAt), source: consent.source, proof: consent.proof },
  variables,
});
