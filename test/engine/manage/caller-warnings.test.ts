/** Caller IDs that a campaign names, and what is assigned. */
import { expect, test } from "vitest";
import { unlisted } from "../../../src/domain/calls/caller-id.ts";
import { callerWarnings } from "../../../src/engine/manage/caller-warnings.ts";
import type { CallerNumber } from "../../../src/engine/ports/caller-numbers.ts";

const [A, B, FREE] = ["+12025550150", "+12025550151", "+12025550152"] as const;

const assigned = (number: string, assistantId: string, trunkId: string): CallerNumber => ({
  id: number,
  number,
  label: null,
  phoneSid: null,
  trunkSid: null,
  assistantId,
  trunkId,
  trunkName: null,
  interval: 0,
  lastUsedAt: null,
});
const NUMBERS = [assigned(A, "a1", "ST_1"), assigned(B, "a1", "ST_2")];

test.each<[string, string[], string | null, string, string[]]>([
  ["its own number", [A], null, "a1", []],
  ["its own number on the campaign's trunk", [A], "ST_1", "a1", []],
  ["a number that is nobody's, which may be the trunk's", [FREE], "ST_1", "a1", []],
  ["another assistant's number on the campaign's trunk", [A], "ST_1", "a2", []],
  ["none named", [], "ST_1", "a1", []],
  [
    "a number of another trunk",
    [FREE, A],
    "ST_2",
    "a2",
    ["number 2 is assigned to trunk ST_1, not to this campaign's"],
  ],
  [
    "its own beside a stranger, which is passed over",
    [A, FREE],
    null,
    "a1",
    ["number 2 is not assigned to this assistant:"],
  ],
  [
    "its own on this trunk beside its own on another",
    [A, B],
    "ST_2",
    "a1",
    ["number 1 is not assigned to this assistant and trunk"],
  ],
])("%s", (_, callerIds, trunkId, assistantId, expected) => {
  const warnings = callerWarnings({ callerIds, trunkId, assistantId }, NUMBERS);
  expect(warnings).toEqual(expected.map((part) => expect.stringContaining(part) as string));
  expect(warnings.join()).not.toContain("+1");
});

test("a trunk for any number lists every number", () => {
  expect(unlisted(A, { id: "ST_1", numbers: ["*"] })).toBeNull();
  expect(unlisted(A, { id: "ST_1", numbers: [A] })).toBeNull();
  expect(unlisted(A, { id: "ST_1", numbers: [B] })).toContain("trunk ST_1 does not list this number");
});
