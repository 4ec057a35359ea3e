/** A campaign whose callees hang up at once, as its operator meets it: status, resume, resume --accept. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { Folder } from "../support/cli.ts";
import { Rig } from "../support/engine.ts";
import { program } from "../support/program.ts";

let folder: Folder;
let id: string;
beforeEach(async () => {
  folder = new Folder();
  await using rig = new Rig(undefined, folder.db);
  const answer = { does: "answer", rings: 1, talks: 3 };
  rig.script({ others: [{ weight: 1, behaviour: answer }] });
  id = await rig.start(40, { delay: "2s" });
  await rig.run();
});
afterEach(() => folder[Symbol.dispose]());

const run = (...argv: string[]) =>
  program(argv, { cwd: folder.dir, env: { CAMPAIGNS_DB: folder.db, HOME: folder.dir, TZ: "UTC" } });

test("says why it is paused, which calls to listen to, and goes on only when told that all is well", async () => {
  const status = await run("status", id);
  expect(status.stdout).toMatch(
    /reason {4}the callee ended 11 of 11 answered calls within 6 s; listen to \w+, \w+, \w+/,
  );
  expect(status.stdout).toContain("campaigns resume --accept");
  const json = JSON.parse((await run("status", id, "--json")).stdout) as { held: { calls: string[] } };
  expect(json).toMatchObject({
    execution_status: "paused",
    held: { sickness: "early_hang_ups", share: 1, caller_ids: [] },
    first_words: { told: 0, late: 0 },
  });
  expect(json.held.calls).toHaveLength(3);

  const refused = await run("resume", id);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/cannot resume .*listen to/);
  expect(refused.stderr).toContain("resume --accept");
  const accepted = await run("resume", id, "--accept", "--json");
  expect(accepted).toMatchObject({ code: 0 });
  expect(JSON.parse(accepted.stdout)).toMatchObject({ execution_status: "running", held: null });
});

test("--accept without need is a resume like any other", async () => {
  const store = openSqliteStore(folder.db);
  await store.moveCampaign(id, "resume", { at: Date.now(), guard: { held: null, accepted: {} } });
  await store.moveCampaign(id, "pause", { at: Date.now() });
  await store[Symbol.asyncDispose]();
  expect(await run("resume", id, "--accept")).toMatchObject({ code: 0 });
});

test.each(["25", "0%", "101%", "1.5%", ""])("--usual-hang-ups %j is refused", async (percent) => {
  const csv = folder.file("c.csv", "phone_number\n+12025550123\n");
  const refused = await run("create", "--name", "x", "--csv", csv, "--assistant", "a", "--usual-hang-ups", percent);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain("usual hang ups: expected a percentage from 1% to 100%");
});
