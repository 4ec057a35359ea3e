/** Rows of request_keys → claims, for every SQL store. */
import { z } from "zod";
import type { KeyClaim } from "../engine/ports/index.ts";
import { onFirstUse, type Row, text } from "./columns.ts";

const keyRow = onFirstUse(() =>
  z.object({
    claim: text,
    request: text.nullable(),
    status: z.number().nullable(),
    body: text.nullable(),
  }),
);

/** `claim`: of the one who asks. */
export function keyClaimOf(raw: Row, claim: string): KeyClaim {
  const { request, status, body, claim: holder } = keyRow().parse(raw);
  if (request !== null && status !== null && body !== null)
    return { is: "answered", answer: { request, status, body } };
  return { is: holder === claim ? "yours" : "taken" };
}

/** What a kept answer becomes that tells of somebody who was erased; its key stays, so that nothing is done twice. */
export const ERASED_ANSWER = JSON.stringify({
  success: false,
  error: { code: "erased", message: "the answer told of somebody who was erased" },
});
