import { expect, test } from "vitest";
import { redacted } from "../../src/cli/mcp/redacted.ts";

test("numbers in fields, in lists and in the names of fields are redacted; counts, ids, cursors and times are not", () => {
  const at = "2026-11-29T00:09:54.123Z";
  const id = "012345678901234500000001";
  expect(
    redacted({
      calls: [{ id, started_at: at, call_duration: 1234567, numbers: ["+12025550101"], room_name: `call-${id}` }],
      next: "12025550101",
      variables: { next: "12025550101", "+12025550101": "x", id: "2025550101" },
      headers: { next: "12025550101" },
    }),
  ).toEqual({
    calls: [{ id, started_at: at, call_duration: 1234567, numbers: ["+1202•••0101"], room_name: `call-${id}` }],
    next: "12025550101",
    variables: { next: "1202•••0101", "+1202•••0101": "x", id: "202•••0101" },
    headers: { next: "1202•••0101" },
  });
});
