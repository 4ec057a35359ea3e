/** Numbers, and the trunks they are on, belong to owners: nobody's calls go out with another's, whoever runs them. */
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CampaignInput } from "../../../src/engine/manage/campaign-settings.ts";
import { SANDBOX_TRUNK } from "../../../src/sandbox/trunks.ts";
import { Rig } from "../../support/engine.ts";

const HERS = "+12125550150";
const HIS = "+12125550151";
const OTHER_TRUNK = { ...SANDBOX_TRUNK, sipTrunkId: "", name: "his", numbers: [HIS] };

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "campaigns-others-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a campaign of the owner, without an owner set: as one installation does for everybody. */
async function runFor(
  rig: Rig,
  owner: string | null,
  rows: readonly (readonly [number: string, owner: string | null, trunk: string])[],
  input: Partial<CampaignInput> = {},
): Promise<string> {
  const id = await rig.start(1, input);
  using db = new DatabaseSync(join(dir, "c.db"));
  db.prepare("update campaigns set user_id = ?").run(owner);
  for (const [number, whose, trunk] of rows) {
    await rig.store.assignNumber(
      { id: rig.newId(), number, assistantId: "a1", trunkId: trunk, trunkName: trunk },
      rig.clock.now(),
    );
    db.prepare("update phone_number set user_id = ? where number = ?").run(whose, number);
  }
  await rig.run();
  return id;
}

const ONLY = SANDBOX_TRUNK.sipTrunkId;

test.each([
  ["with her assistant", {}],
  ["on her trunk by its id", { trunk: ONLY }],
  ["on her trunk by its name", { trunk: SANDBOX_TRUNK.name }],
  ["from her number", { from: HERS }],
])("a campaign of bob's went out %s, on alice's trunk with alice's number", async (_, input) => {
  await using rig = new Rig(undefined, join(dir, "c.db"));
  const id = await runFor(rig, "bob", [[HERS, "alice", ONLY]], input);
  expect(rig.world.dials).toEqual([]);
  const { campaign } = await rig.report(id);
  expect(campaign).toMatchObject({ status: "error" });
  expect(campaign.statusReason).toMatch(/expected a (trunk|caller ID) of this owner/);
  expect(campaign.statusReason).not.toContain("555");
});

test("a planted number of bob's sent alice's customers through bob's trunk", async () => {
  await using rig = new Rig(undefined, join(dir, "c.db"));
  const his = rig.world.trunks.create(OTHER_TRUNK);
  await runFor(rig, "alice", [
    [HERS, "alice", ONLY],
    [HIS, "bob", his.sipTrunkId],
  ]);
  expect(rig.world.dials.map(({ sipTrunkId, sipNumber }) => [sipTrunkId, sipNumber])).toEqual([[ONLY, HERS]]);
});

test("with one trunk of hers and one of his, each campaign finds its own", async () => {
  await using rig = new Rig(undefined, join(dir, "c.db"));
  const his = rig.world.trunks.create(OTHER_TRUNK);
  await runFor(rig, "bob", [[HERS, "alice", ONLY]]);
  expect(rig.world.dials.map(({ sipTrunkId }) => sipTrunkId)).toEqual([his.sipTrunkId]);
});

test.each(["alice", "bob", null])("what is the installation's is everybody's: %s", async (owner) => {
  await using rig = new Rig(undefined, join(dir, "c.db"));
  await runFor(rig, owner, [[HERS, null, ONLY]]);
  expect(rig.world.dials.map(({ sipNumber }) => sipNumber)).toEqual([HERS]);
});
