/** A wrong Supabase key is called by its name. */
import { expect, test } from "vitest";
import { keyProblem } from "../../src/adapters/supabase/key.ts";

const HOSTED = "https://mine.supabase.co";
const OWN = "http://127.0.0.1:8000";
const jwt = (claims: object): string =>
  ["{}", JSON.stringify(claims), "signature"].map((part) => Buffer.from(part).toString("base64url")).join(".");

test.each([
  ["the right key", jwt({ role: "service_role", ref: "mine" }), HOSTED, null],
  ["the right key of the new kind", "sb_secret_0", HOSTED, null],
  ["the right key of a project of one's own", jwt({ role: "service_role", iss: "supabase" }), OWN, null],
  ["something else", "not.a.key", HOSTED, null],
  ["the anon key", jwt({ role: "anon", ref: "mine" }), HOSTED, "it is the anon key, not the service role's"],
  ["the publishable key", "sb_publishable_0", HOSTED, "it is the publishable key, not the secret one"],
  ["another project's key", jwt({ role: "service_role", ref: "other" }), HOSTED, "it is another project's key"],
])("%s", (_, key, url, problem) => {
  expect(keyProblem(key, url)?.is ?? null).toBe(problem);
});
