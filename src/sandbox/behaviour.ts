/** What becomes of one dial: all durations in seconds. Measured on livekit-sip: what each of them does to the wire. */
import { z } from "zod";
import { saying, seconds } from "./saying.ts";

/** What becomes of the answer to a dial, though the phone was picked up. */
const reply = z.enum(["ok", "drop", "bad_gateway", "garbage", "hang"]);
export type Reply = z.output<typeof reply>;

export const behaviour = z.discriminatedUnion("does", [
  /** Rings (180 or 183: LiveKit does not tell them apart), is picked up, talks, hangs up. */
  z.strictObject({
    does: z.literal("answer"),
    rings: seconds.default(1),
    talks: seconds.default(3),
    /** Whether the caller learns of it. */
    reply: reply.default("ok"),
    /** How long the far end sends audio; left out: as long as it talks. LiveKit hangs up on silence. */
    media: seconds.optional(),
    /** What the agent says of it; left out: nothing. */
    says: z.array(saying).optional(),
  }),
  /** Rings until the caller gives up, and then stops, ignores that, or is picked up that very moment. */
  z.strictObject({ does: z.literal("ring"), atTimeOut: z.enum(["stops", "ignores", "answers"]).optional() }),
  /** The trunk says 100 Trying and nothing else: no phone is known to ring. */
  z.strictObject({ does: z.literal("trying") }),
  /** The far end answers with this SIP status. */
  z.strictObject({
    does: z.literal("refuse"),
    status: z.int().min(300).max(699),
    reason: z.string().default(""),
    after: seconds.default(1),
    /** The phone rings until then. */
    rings: z.boolean().optional(),
  }),
  /** The trunk wants credentials: there are none, or they are wrong. */
  z.strictObject({
    does: z.literal("auth"),
    because: z.enum(["no_credentials", "wrong_password"]).default("no_credentials"),
  }),
  /** The trunk does not say a word; SIP gives up after 32 s. */
  z.strictObject({ does: z.literal("silence"), after: seconds.default(32) }),
  /** No INVITE ever leaves: nothing listens at the trunk's address, or the name has none. */
  z.strictObject({ does: z.literal("unreachable"), because: z.enum(["refused", "dns"]).default("refused") }),
  /** Rings, is picked up, and LiveKit hangs up at once: it shares no codec with the trunk. */
  z.strictObject({ does: z.literal("no_codec"), rings: seconds.default(1) }),
]);
export type Behaviour = z.output<typeof behaviour>;
