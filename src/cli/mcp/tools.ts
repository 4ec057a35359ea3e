/** The tools that look: each asks what the command of that name asks, and answers with its JSON. */
import { z } from "zod";
import { CALL_STATUSES } from "../../domain/calls/call.ts";
import { CAMPAIGN_STATUSES } from "../../domain/calls/campaign.ts";
import { phoneArgument } from "../../engine/manage/phone-argument.ts";
import { callJson, campaignJson, explanationJson } from "../../json/calls.ts";
import { listJson } from "../../json/contacts.ts";
import { costJson } from "../../json/cost.ts";
import { entryJson } from "../../json/do-not-call.ts";
import { settingsJson } from "../../json/settings.ts";
import { trunkJson } from "../../json/trunks.ts";
import { examination } from "../commands/doctor.ts";
import { checkJson, countsOf } from "../render/doctor.ts";
import type { Session } from "../session.ts";
import type { Plans } from "./plans.ts";

export interface Tool<I extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly input: I;
  /** Left out: it only looks. */
  readonly changes?: "adds" | "moves";
  readonly act: (input: z.output<I>) => Promise<object>;
}

/** Each checks its own input; the list need not know what it is. */
export const tool = <I extends z.ZodType>(described: Tool<I>): Tool => described;

export const campaignRef = z.string().min(1).max(200).describe("a campaign's name, id, or unique prefix of its id");
const nothing = z.strictObject({});

export function readingTools(session: Session, plans: Plans): Tool[] {
  return [
    tool({
      name: "list_campaigns",
      description: "All campaigns with their status, counts, and what each waits for.",
      input: z.strictObject({ status: z.enum(CAMPAIGN_STATUSES).optional() }),
      act: async ({ status }) => {
        const campaigns = await session.campaigns();
        const found = await campaigns.list(status);
        return { campaigns: await Promise.all(found.map(async ({ id }) => campaignJson(await campaigns.report(id)))) };
      },
    }),
    tool({
      name: "campaign_status",
      description:
        "How far a campaign is, why nothing is dialed right now and when it goes on, its settings and costs.",
      input: z.strictObject({ campaign: campaignRef }),
      act: async ({ campaign: ref }) => {
        const report = await (await session.campaigns()).report(ref);
        const costs = await (await session.store()).costs(report.campaign.id);
        return { ...campaignJson(report), costs: costs.map(costJson), settings: settingsJson(report.campaign) };
      },
    }),
    tool({
      name: "list_calls",
      description: "A campaign's call records in list order, page by page. Phone numbers are redacted: use the ids.",
      input: z.strictObject({
        campaign: campaignRef,
        status: z.enum(CALL_STATUSES).optional(),
        limit: z.number().int().min(1).max(200).default(50),
        after: z.string().max(20).optional().describe("next of the page before"),
      }),
      act: async ({ campaign: ref, status, limit, after }) => {
        const filter = { limit, ...(status !== undefined && { status }), ...(after !== undefined && { after }) };
        const { calls, next } = await (await session.campaigns()).calls(ref, filter);
        return { calls: calls.map(callJson), next };
      },
    }),
    tool({
      name: "explain_call",
      description: "Why a contact is, or is not, called now, with every attempt so far.",
      input: z.strictObject({
        campaign: campaignRef,
        call: z.string().min(1).max(100).describe("a call's id, from list_calls; or a phone number in E.164"),
      }),
      act: async ({ campaign: ref, call: said }) => {
        const campaigns = await session.campaigns();
        const call = await (await session.store()).findCall(said);
        return explanationJson(await campaigns.explain(ref, call?.contact.phoneNumber ?? phoneArgument(said)));
      },
    }),
    tool({
      name: "plan_campaign",
      description:
        "What a start would come to: whom it would call, who is left out and why, from when to when. Changes nothing. " +
        "Show it to the operator; start_campaign takes its plan.",
      input: z.strictObject({ campaign: campaignRef }),
      act: ({ campaign }) => plans.show(campaign),
    }),
    tool({
      name: "list_contact_lists",
      description:
        "Contact lists, on which campaigns are created; campaigns contacts import makes them from CSV files.",
      input: nothing,
      act: async () => ({ lists: (await (await session.contacts()).lists()).map(listJson) }),
    }),
    tool({
      name: "list_trunks",
      description: "LiveKit's outbound trunks, and which assistant calls through each.",
      input: nothing,
      act: async () => ({ trunks: (await (await session.outboundTrunks()).list()).map(trunkJson) }),
    }),
    tool({
      name: "check_do_not_call",
      description: "Whether numbers are on the do-not-call list, in the order given, and why.",
      input: z.strictObject({ phone_numbers: z.array(z.string().max(100)).min(1).max(100).describe("in E.164") }),
      act: async ({ phone_numbers: texts }) => {
        const list = await session.doNotCallList();
        const numbers = [];
        for (const number of texts.map(phoneArgument)) {
          const entries = await list.check(number);
          numbers.push({ phone_number: number, do_not_call: entries.length > 0, entries: entries.map(entryJson) });
        }
        return { numbers };
      },
    }),
    tool({
      name: "doctor",
      description:
        "Checks everything a call needs: settings, database, LiveKit, trunks, agent; says how to fix what is wrong.",
      input: nothing,
      act: async () => {
        const results = await examination(session);
        return { ...countsOf(results), checks: results.map(checkJson) };
      },
    }),
  ];
}
