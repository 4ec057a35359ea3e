/** What an operator sees of a call. `no_answer`, `busy` and `failed` are final once no attempt is left. */
export const CALL_STATUSES = ["pending", "calling", "answered", "completed", "no_answer", "busy", "failed"] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];
