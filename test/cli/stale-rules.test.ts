import { expect, test } from "vitest";
import { staleRules } from "../../src/cli/render/preflight.ts";
import { DAY } from "../../src/domain/time/instant.ts";
import { shippedRules } from "../../src/domain/hours/rules.ts";

test("a table of rules that nobody has looked at for 180 days is warned about", () => {
  const table = shippedRules();
  const made = Date.parse(table.version);
  expect(staleRules(table, made + 179 * DAY)).toBeNull();
  expect(staleRules(table, made + 182 * DAY)).toContain(table.version);
});
