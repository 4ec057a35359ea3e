/** The audit log of a Supabase project, against somebody with psql; and what its owners see of it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callProofContract } from "../contracts/call-proof.ts";
import { people, Scene } from "../contracts/store/scene.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;

beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "audit");
});
afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const [ALICE, BOB] = ["a0000000-0000-4000-8000-000000000001", "b0000000-0000-4000-8000-000000000002"];
const asked = (user: string, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${project.url}/rest/v1/${path}`, {
    ...init,
    headers: {
      apikey: project.anonKey,
      Authorization: `Bearer ${project.token(user)}`,
      "Content-Type": "application/json",
    },
  });

describe("on Supabase", () => {
  callProofContract(async () => {
    const store = await project.emptied();
    const sql = async (text: string): Promise<void> => void (await project.sql.unsafe(text));
    return {
      store,
      sql,
      attemptsHaveNumbers: false,
      inBulk: (text) => sql(`begin; set local campaigns.bulk = 'on'; ${text}; commit`),
      unguarded: (text) =>
        sql(
          `begin; alter table audit_log disable trigger user; ${text}; alter table audit_log enable trigger user; commit`,
        ),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  });

  test("owners see their own entries, with who it was, and change none", async () => {
    await project.emptied();
    await project.narrow();
    const store = project.open(ALICE);
    const campaign = await new Scene(store).idle(people(1));
    const moved = await asked(ALICE, `campaigns?id=eq.${campaign.id}`, {
      method: "PATCH",
      // Nobody but the engine is believed about who it is.
      body: JSON.stringify({ execution_status: "running" }),
    });
    expect(moved.status).toBeLessThan(300);
    const entries = (await (await asked(ALICE, "audit_log?select=action,actor,user_id&order=seq")).json()) as unknown[];
    expect(entries).toMatchObject([
      { action: "campaign.created", actor: "campaigns", user_id: ALICE },
      { action: "campaign.moved", actor: `user:${ALICE}`, user_id: ALICE },
    ]);
    expect(await (await asked(BOB, "audit_log?select=seq")).json()).toEqual([]);
    for (const method of ["PATCH", "DELETE"]) {
      const tried = await asked(ALICE, "audit_log?seq=gt.0", { method, body: JSON.stringify({ actor: "nobody" }) });
      expect(tried.status, method).toBeGreaterThanOrEqual(400);
    }
    expect((await project.sql`select 1 from audit_log`).length).toBe(2);
  });
});
