export const OUTCOMES = [
  "interested",
  "not_interested",
  "callback",
  "do_not_call",
  "voicemail",
  "wrong_number",
] as const;
/** What the conversation came to, said by the agent or the operator. */
export type Outcome = (typeof OUTCOMES)[number];
