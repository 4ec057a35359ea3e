/**
 * What the agent says of a call. It is kept apart from what was seen: it changes neither times nor whether the phone was
 * answered, only who answered, what came of it, and what follows.
 */
import type { Ending } from "./ending.ts";
import type { Outcome } from "./outcome.ts";

/** screening: a machine that asks who is calling · ivr: a phone menu · unknown counts as human. */
export const ANSWERED_BY = ["human", "voicemail", "screening", "ivr", "unknown"] as const;
export type AnsweredBy = (typeof ANSWERED_BY)[number];

export const ENDED_BY = ["agent", "callee"] as const;

/** What is stored of a verdict. */
export interface Said {
  /** Grows with each write. The highest says everything; what came before it, or comes after, says nothing. */
  readonly seq: number;
  readonly answeredBy: AnsweredBy | null;
  readonly outcome: Outcome | null;
  readonly notes: string | null;
  /** From the answer to the agent's first words, milliseconds. */
  readonly firstAudioMs: number | null;
  readonly endedBy: (typeof ENDED_BY)[number] | null;
}

export interface Verdict extends Said {
  /** The callee wants no further calls, of anybody. Not taken back by a later verdict. */
  readonly doNotCall: boolean;
  /** An instant with its offset, or a local time, as the agent wrote it. */
  readonly callbackAt: string | null;
  /** The zone of a local time; null: the contact's. */
  readonly callbackZone: string | null;
  /** No more will come. */
  readonly final: boolean;
}

/** As what a conversation ends, by who had answered. */
export const TALK_ENDINGS = {
  human: "completed",
  unknown: "completed",
  voicemail: "voicemail",
  screening: "screened",
  ivr: "ivr",
} as const satisfies Record<AnsweredBy, Ending>;

export type TalkEnding = (typeof TALK_ENDINGS)[AnsweredBy];

export const isTalkEnding = (ending: Ending | null): ending is TalkEnding =>
  Object.values(TALK_ENDINGS).some((each) => each === ending);

/** Did a human speak in a call that was answered? Whom nobody tells apart counts as one, unless there was no agent. */
export const isReached = (ending: Ending, said: Pick<Said, "answeredBy"> | null): boolean =>
  said?.answeredBy === "human" ||
  (ending !== "agent_lost" &&
    (isTalkEnding(ending) ? ending : TALK_ENDINGS[said?.answeredBy ?? "unknown"]) === "completed");

/** An agent that has said so much has done its work: it may leave. */
export const isConclusion = (said: Said & { readonly final?: boolean }): boolean => {
  const { answeredBy, outcome, endedBy, final = false } = said;
  return final || outcome !== null || endedBy !== null || TALK_ENDINGS[answeredBy ?? "unknown"] !== "completed";
};
