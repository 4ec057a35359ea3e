import { expect, test } from "vitest";
import { nearest } from "../../../src/domain/text/nearest.ts";

const KNOWN = ["pending", "completed", "no_answer", "not_interested", "interested"];

test.each([
  ["no-anwser", "no_answer"],
  ["Completed", "completed"],
  ["comp", "completed"],
  ["intrested", "interested"],
  ["very interested", "interested"],
  ["inter", "interested"],
  // Two begin so.
  ["no", null],
  ["", null],
  ["happy", null],
])("%j is meant as %j", (word, meant) => expect(nearest(word, KNOWN)).toBe(meant));
