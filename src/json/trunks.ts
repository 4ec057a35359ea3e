/** Trunks and caller IDs → JSON. */
import type { CallerNumber } from "../engine/ports/caller-numbers.ts";
import type { AssistantReport, TrunkReport } from "../engine/manage/outbound-trunks.ts";
import { iso } from "./calls.ts";

export const trunkJson = ({ trunk, assigned, limit }: TrunkReport) => ({
  id: trunk.id,
  name: trunk.name,
  address: trunk.address,
  transport: trunk.transport,
  country: trunk.country,
  numbers: trunk.numbers,
  has_credentials: trunk.hasCredentials,
  header_names: trunk.headerNames,
  assistants: assistantsOf(assigned),
  assigned: assigned.map(numberJson),
  limit: { delay_ms: limit.interval, concurrency: limit.concurrency },
});

export const assistantJson = ({ assistantId, numbers, trunks, missing }: AssistantReport) => ({
  assistant_id: assistantId,
  numbers: numbers.map(numberJson),
  trunks: trunks.map(trunkJson),
  missing_trunks: missing,
});

export const numberJson = (number: CallerNumber) => ({
  number: number.number,
  label: number.label,
  assistant_id: number.assistantId,
  outbound_trunk_id: number.trunkId,
  outbound_trunk_name: number.trunkName,
  phone_sid: number.phoneSid,
  trunk_sid: number.trunkSid,
  delay_ms: number.interval,
  last_used_at: iso(number.lastUsedAt),
});

export const assistantsOf = (numbers: readonly CallerNumber[]): string[] => [
  ...new Set(numbers.flatMap(({ assistantId }) => (assistantId === null ? [] : [assistantId]))),
];
