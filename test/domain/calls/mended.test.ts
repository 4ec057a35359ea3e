/** What a call becomes by what its agent says when it is over. */
import { expect, test } from "vitest";
import { mended } from "../../../src/domain/calls/mended.ts";
import { HOUR, MINUTE } from "../../../src/domain/time/instant.ts";
import { claimed, NOON, verdict } from "../../support/domain.ts";

test("a machine is called again that long after it was heard, though its end was told by a clock an hour behind", () => {
  const { call, attempt } = claimed();
  const over = {
    ...attempt,
    state: "ended" as const,
    ending: "completed" as const,
    answeredAt: NOON - HOUR,
    endedAt: NOON - HOUR,
  };
  const policy = { maxAttempts: 2, after: [30 * MINUTE] };
  const found = mended({ ...call, attemptsSpent: 1 }, over, verdict({ answeredBy: "voicemail" }), policy, NOON);
  expect(found?.nextAttemptAt).toBeGreaterThanOrEqual(NOON + 30 * MINUTE);
});
