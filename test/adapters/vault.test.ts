/** Rows that are sealed together are those that are sealed one by one. */
import { expect, test } from "vitest";
import { newKeyText, readKeys, sealedWith } from "../../src/adapters/sealing-key.ts";
import type { Row } from "../../src/adapters/columns.ts";
import { Vault } from "../../src/adapters/vault.ts";

const keys = readKeys(newKeyText(), "key");
const vault = new Vault(keys, keys[0]);

const contact = (n: number) => ({
  id: `file-${n}`,
  phone_number: `+1202555${String(100 + n).padStart(4, "0")}`,
  name: n % 3 === 0 ? null : `Nomen ${n} Ünïcode ${"x".repeat(n)}`,
  email: null,
  company: n % 5 === 0 ? `Firma${n}` : null,
  variables: n % 2 === 0 ? "{}" : `{"city":"Stadt${n}"}`,
  consent: n % 4 === 0 ? `{"source":"web","proof":"form ${n}"}` : null,
});

test.each([1, 3, 200])("%d contacts sealed together open as they were, and each in its own row alone", (count) => {
  const rows = Array.from({ length: count }, (_, n) => contact(n));
  const sealed = vault.sealAll<string | null>(rows);
  expect(sealed.map((row) => vault.open(row))).toEqual(rows);
  expect(JSON.stringify(sealed)).not.toMatch(/\+1202555|Nomen|Firma|Stadt|form \d/);
  for (const [n, row] of sealed.entries()) {
    const alone = vault.seal<string | null>(contact(n));
    expect(row["phone_number"]).toBe(alone["phone_number"]);
    expect(sealedWith(row["variables"])).toBe(sealedWith(alone["variables"]));
    const moved: Row = vault.open({ ...row, id: "file-999" });
    if (sealedWith(row["variables"]) !== null) expect(moved["variables"]).not.toEqual(contact(n).variables);
  }
});

test("other rows are sealed together as well: reasons, prefixes, keys of requests longer than a number", () => {
  const rows = Array.from({ length: 30 }, (_, n) =>
    n % 2 === 0
      ? { owner: "o", key: `a request's key that is longer than a block ${n}`, request: "r", body: `to ${n}` }
      : { phone_number: n % 3 === 0 ? `+1900${n}*` : `+120255501${String(n)}`, reason: `wish ${n}` },
  );
  const sealed = vault.sealAll<string>(rows);
  expect(sealed.map((row) => vault.open(row))).toEqual(rows);
  expect(JSON.stringify(sealed)).not.toMatch(/\+120255501|wish \d|to \d|request's/);
});
