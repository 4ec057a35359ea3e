/** What LiveKit and the carrier tell by themselves. */
import { z } from "zod";
import type { News, Store } from "../../engine/ports/index.ts";
import { sinceThen, toldOf, webhookValues } from "../webhook-rows.ts";
import { done, ids, row } from "./answers.ts";
import type { Call } from "./asking.ts";

type Verbs = Pick<Store, "hear" | "heardFrom" | "webhookSenders" | "attemptOfCarrier" | "news">;

const heard = z.enum(["stored", "known", "unknown"]);
const ago = z.number().transform(sinceThen);
const senders = z.object({ livekit: ago.optional(), twilio: ago.optional() });
const newsAnswer = z.object({ hang_ups: z.unknown(), told: z.array(row), heard_ago: ago.nullable() });

export const webhookVerbs = (call: Call): Verbs => ({
  hear: async (webhook, at) =>
    heard.parse(
      await call(
        "hear",
        (sealer) => {
          const { attempt_id, ...values } = sealer.row({ attempt_id: webhook.attemptId, ...webhookValues(webhook) });
          return { attempt_id, webhook: values };
        },
        at,
      ),
    ),
  heardFrom: async (sender, at) => done(await call("heard_from", { sender }, at)),
  webhookSenders: async (at) => {
    const { livekit, twilio } = senders.parse(await call("webhook_senders", {}, at));
    return { ...(livekit !== undefined && { livekit }), ...(twilio !== undefined && { twilio }) };
  },
  attemptOfCarrier: async (sid) =>
    z
      .string()
      .nullable()
      .parse(await call("attempt_of_carrier", { sid })),
  news: async (attempts, campaigns, at): Promise<News> => {
    const answer = newsAnswer.parse(await call("news", { attempts, campaigns }, at));
    return { hangUps: ids(answer.hang_ups), told: answer.told.map(toldOf), heardAgo: answer.heard_ago };
  },
});
