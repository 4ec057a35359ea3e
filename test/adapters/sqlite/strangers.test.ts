/** What others write into the embedded store's tables. */
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { strangersContract } from "../../contracts/strangers.ts";
import { strangersForgotten } from "../../contracts/strangers-forgotten.ts";
import { strangersWords } from "../../contracts/strangers-words.ts";
import { outsideSqlite } from "../../support/outside.ts";

strangersContract(outsideSqlite);
strangersForgotten(outsideSqlite);
strangersWords(outsideSqlite);

const inserted = (variables: string): void => {
  using db = new DatabaseSync(":memory:");
  db.exec(readFileSync(new URL("../../../src/adapters/sqlite/schema.sql", import.meta.url), "utf8"));
  db.prepare(
    `insert into campaign_calls (id, phone_number, status, variables, created_at, updated_at)
     values ('k', '+12025550101', 'pending', ?, '2026-11-23', '2026-11-23')`,
  ).run(variables);
};

describe("a call that somebody else writes into the file", () => {
  test.each(['{"age":42}', '{"a" : 1}', '{"a":\n["b"]}', '{"a":{"b":"c"}}', '{"a":null}', '["a"]', '"a"', "{a}", ""])(
    "is refused with the variables %s",
    (variables) => expect(() => inserted(variables)).toThrow("variables: expected an object of texts"),
  );

  test.each(["{}", ' {"a": "b"}', '{"a":"b","c":""}', '{"a":"at: 5","b":"https://example.com"}', "~0123abcd!x"])(
    "is taken with the variables %s",
    (variables) => expect(() => inserted(variables)).not.toThrow(),
  );
});
