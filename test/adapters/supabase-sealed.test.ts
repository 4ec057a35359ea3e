/** The store contract and the model on a Supabase project whose contact data is encrypted. */
import { afterAll, beforeAll, describe } from "vitest";
import { newKeyText, readKeys } from "../../src/adapters/sealing-key.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { callProofContract, sealedBy } from "../contracts/call-proof.ts";
import { storeModel } from "../contracts/model.ts";
import { ownersContract } from "../contracts/owners.ts";
import { storeContract } from "../contracts/store.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

const keys = readKeys(newKeyText(), "key");

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "sealed");
  await project.sealed(keys);
});
afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const emptied = async (): Promise<Store> => {
  await project.sealed(keys);
  return project.open(undefined, keys);
};

const sql = async (text: string): Promise<void> => void (await project.sql.unsafe(sealedBy(keys)(text)));

describe("encrypted, on Supabase", () => {
  storeContract(emptied, { byNumber: false });
  storeModel(emptied, 4);
  callProofContract(async () => {
    return {
      store: await emptied(),
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
  ownersContract(async () => {
    await project.sealed(keys);
    return { as: (userId) => project.open(userId, keys), [Symbol.asyncDispose]: () => Promise.resolve() };
  });
});
