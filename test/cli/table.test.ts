/** Columns stand below each other whatever is in them, and fit a terminal. */
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { table } from "../../src/cli/render/table.ts";

test("wide characters pushed the next column aside", () => {
  const lines = table([
    ["NAME", "STATUS"],
    ["山田 太郎", "running"],
    ["👩‍💻 support", "paused"],
    ["Ada", "idle"],
  ]);
  const at = lines.map((line) => stringWidth(line.slice(0, line.search(/STATUS|running|paused|idle/))));
  expect(new Set(at).size).toBe(1);
});

test("on a terminal the widest cells are cut off, and never an id", () => {
  const id = "0b3c1f5e-2f4c-4a53-9d61-d5e1c0f3a9ab";
  const rows = [
    ["ID", "NAME", "REASON"],
    [id, "A name that goes on and on and on and on", "short"],
  ];
  const lines = table(rows, 60);
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(60);
  expect(lines[1]).toContain(id);
  expect(lines[1]).toContain("…");
  expect(table(rows)[1]).toContain("on and on and on and on");
});

test("amounts stand below each other at their right end, and numbers to call do not", () => {
  const lines = table([
    ["NAME", "DONE", "NUMBER", "SHARE"],
    ["Ada", "3/40", "+12025550110", "7 %"],
    ["Bob", "12/1,000", "+12025550111", "100 %"],
    ["Cy", "", "+12025550112", ""],
  ]);
  expect(lines).toEqual([
    "NAME      DONE  NUMBER        SHARE",
    "Ada       3/40  +12025550110    7 %",
    "Bob   12/1,000  +12025550111  100 %",
    "Cy              +12025550112",
  ]);
});

test("columns that can be cut no further pushed the last of them onto another line", () => {
  const rows = [
    ["ID", "NUMBER", "NAME", "REASON"],
    ["0b3c1f5e-2f4c-4a53-9d61-d5e1c0f3a9ab", "+12025550110", "Ada Lovelace, Countess", "invalid_number"],
  ];
  const lines = table(rows, 60);
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(60);
  expect(lines[1]).toMatch(/^0b3c1f5e-2f4c-4a53-9d61-d5e1c0f3a9ab {2}\+12025550110 .*…$/);
});
