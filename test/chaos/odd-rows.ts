/** What somebody else may write into the calls of a campaign that runs, in SQL that both stores understand. */
import { randomUUID } from "node:crypto";
import type { Random } from "../../src/sandbox/index.ts";
import { fictionalNumber } from "../support/cli.ts";
import { CAST } from "./cast.ts";

export interface OddRow {
  readonly sql: string;
  /** As it was written before the schema had its checks. */
  readonly past?: "past";
  /** Then this number must not be dialed any more. */
  readonly forbids?: string;
  /** Then the campaign has one more contact. */
  readonly adds?: true;
}

const ODD_NUMBERS = [
  "911",
  "*72",
  "*722025550001",
  "(202) 555-0001",
  "+1 202 555 0101",
  "+12025550101\r\n",
  "",
  "sip:x",
];

const ODD_VALUES = [
  `variables = '{"age":42}'`,
  "next_attempt_at = '-infinity'",
  "next_attempt_at = null, place = ''",
  "status = 'calling'",
  "status = 'dialling'",
  ...ODD_NUMBERS.map((number) => `phone_number = '${number}'`),
] as const;

/** For a campaign, in SQL, of so many contacts. Only calls that were never handed out are spoiled: of others much is known. */
export function oddRow(random: Random, campaign: string, contacts: number, now: Date): OddRow {
  const number = fictionalNumber(random.whole(0, contacts - 1));
  const spoil = (what: string): string =>
    `update campaign_calls set ${what} where phone_number = '${number}' and status = 'pending' and attempt_id is null
       and campaign_id in (${campaign}) and not exists (select 1 from call_attempts a where a.call_id = campaign_calls.id)`;
  const at = now.toISOString();
  const add = (added: string): string =>
    `insert into campaign_calls (id, campaign_id, phone_number, status, created_at, updated_at)
     select '${randomUUID()}', id, '${added}', 'pending', '${at}', '${at}' from campaigns
     where id in (${campaign}) and execution_status in ('running', 'paused')`;
  const roll = random.next();
  if (roll < 0.6) return { sql: spoil(random.pick<string>(ODD_VALUES)), past: "past" };
  if (roll < 0.7) return { sql: spoil("outcome = 'do_not_call'"), forbids: number };
  const added = random.pick<string>([number, ...ODD_NUMBERS, ...CAST.added.map(fictionalNumber)]);
  return { sql: add(added), adds: true };
}
