/** A SQLite file and the project that it moves to, for the tests of `campaigns move`. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import type { Contact } from "../../src/domain/calls/call.ts";
import type { Campaign, CampaignSettings } from "../../src/domain/calls/campaign.ts";
import type { CarrierCall } from "../../src/engine/ports/carrier.ts";
import type { Assignment } from "../../src/engine/ports/caller-numbers.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { consent } from "../contracts/store/protection.ts";
import { dialing, ended, number, people, person, present, Scene } from "../contracts/store/scene.ts";
import type { Ran } from "./cli.ts";
import { NOON } from "./domain.ts";
import type { Fate } from "./losing.ts";
import { Postgres } from "./postgres.ts";
import { program } from "./program.ts";
import { SupabaseProject } from "./supabase.ts";

export const [ALICE, BOB] = ["a0000000-0000-4000-8000-00000000000a", "b0000000-0000-4000-8000-00000000000b"];
export const REFUSED: Fate = { status: 400, body: '{"message": "broken off here"}' };

export const assignment = (n: number, changes: Partial<Assignment> = {}): Assignment => ({
  id: randomUUID(),
  number: number(n),
  assistantId: "a1",
  trunkId: "ST_1",
  trunkName: "one",
  ...changes,
});
export const record = (id: string): CarrierCall => ({
  id,
  status: "completed",
  durationSeconds: 4,
  price: { micros: 8500, unit: "USD" },
  startedAt: NOON,
  endedAt: null,
});

/** Both are empty before each test. */
export function moving(database: string) {
  let postgres: Postgres;
  let project: SupabaseProject;
  beforeAll(async () => {
    postgres = await Postgres.start();
    project = await SupabaseProject.start(postgres, database);
  });
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  let dir: string;
  let file: Store;
  beforeEach(async () => {
    await project.emptied();
    dir = mkdtempSync(join(tmpdir(), "campaigns-move-"));
    file = openSqliteStore(join(dir, "c.db"));
    return async () => {
      await file[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true });
    };
  });

  const move = (argv: readonly string[] = [], env: Record<string, string> = {}): Promise<Ran> =>
    program(["move", "--to", "supabase", "--db", join(dir, "c.db"), ...argv], {
      cwd: dir,
      env: { HOME: dir, SUPABASE_URL: project.url, SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey, ...env },
    });

  /** Every row of the project, as text. */
  async function everything(): Promise<string> {
    const tables = ["do_not_call_numbers", "consents", "phone_number", "trunk_limits", "contact_lists", "contacts"];
    const more = ["csv_files", "csv_contacts", "campaigns", "campaign_calls", "call_attempts", "carrier_calls"];
    const rows = [...tables, ...more].map(async (table) => [
      table,
      await project.sql.unsafe(`select to_jsonb(t)::text from ${table} t order by 1`),
    ]);
    return JSON.stringify(await Promise.all(rows));
  }
  const counted = async (table: string): Promise<number> =>
    Number((await project.sql.unsafe(`select count(*)::int as n from ${table}`))[0]?.["n"]);

  /** A paused campaign of which one contact was called. */
  async function paused(name: string, contacts: readonly Contact[], changes: Partial<CampaignSettings> = {}) {
    const scene = new Scene(file);
    const campaign = await scene.running(contacts, { name, assistantId: "a1", ...changes });
    const claim = await scene.dialed(campaign, await scene.runner());
    await scene.save(ended(claim, "declined"));
    await file.saveCarrierCall(claim.attempt.id, record(`CA_${name}`), NOON);
    return present(await file.moveCampaign(campaign.id, "pause", { at: NOON, reason: "lunch" }));
  }

  async function list(name: string, contacts: readonly Contact[], store = file): Promise<string> {
    const id = randomUUID();
    await store.addContactFile({ id, filename: "l.csv", size: 1 }, NOON);
    await store.addContacts(id, contacts);
    await store.sealContactFile(id);
    const merged = await store.mergeContactFile(id, { id: randomUUID(), name }, NOON);
    await store.dropContactFile(id);
    return merged.list.id;
  }

  /** All that a file may hold. */
  async function fill(): Promise<{ readonly campaign: Campaign; readonly other: Campaign }> {
    const scene = new Scene(file);
    await file.addDoNotCall([{ phoneNumber: number(90), source: "operator", reason: null, addedAt: NOON }]);
    await file.addConsents([consent(0), consent(50)]);
    await file.revokeConsents(number(51), NOON);
    const campaign = await paused("spring", people(3));
    const members = await list("members", [person(20), person(21)]);
    const source = { kind: "contact_list", id: members } as const;
    const other = await paused("autumn", [], { source, assistantId: "a2", trunkId: "ST_2" });
    await list("nobody's yet", [person(30)]);
    const single = await scene.single(await scene.runner());
    const change = dialing(single, NOON, null);
    await file.beginDial(change, 0);
    await file.save(ended(change, "no_answer"));
    await file.saveCarrierCall(single.attempt.id, record("CA_single"), NOON);
    await file.assignNumber(assignment(60), NOON);
    await file.assignNumber(assignment(61, { assistantId: "a2", trunkId: "ST_2" }), NOON);
    for (const trunkId of ["ST_1", "ST_2", "ST_3"]) {
      await file.setTrunkLimit({ trunkId, interval: 500, concurrency: 5 }, NOON);
    }
    return { campaign, other };
  }

  return {
    get project() {
      return project;
    },
    get dir() {
      return dir;
    },
    get file() {
      return file;
    },
    move,
    everything,
    counted,
    paused,
    list,
    fill,
  };
}
