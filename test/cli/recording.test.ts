/** Recording as an operator asks for it, through the real program and SDK. */
import { expect, test } from "vitest";
import { Desk, SandboxDesk } from "../support/desk.ts";

const ALWAYS = "--hours 0-24 --days all --rules none --timezone UTC --assistant a1 --delay 0".split(" ");
const create = (desk: Desk, ...more: string[]) => {
  const csv = desk.file("c.csv", "phone_number\n+12125550123\n");
  return desk.run(["create", "--name", "spring", "--csv", csv, ...ALWAYS, ...more]);
};

test("--record: the call shows where its recording lies", async () => {
  const answer = { does: "answer", rings: 0.1, talks: 1 };
  const others = [{ weight: 1, behaviour: answer }];
  await using desk = await SandboxDesk.open({ others, agentJoinsAfter: 0, egress: { does: "records", after: 0.05 } });
  expect(await create(desk, "--record", "s3://calls-2026/spring", "required", "--start")).toMatchObject({ code: 0 });
  expect(JSON.parse((await desk.run(["status", "spring", "--json"])).stdout)).toMatchObject({
    record: "s3://calls-2026/spring required",
  });
  const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "not-to-be-seen" };
  const ran = await desk.run(["run"], "", keys);
  expect(ran).toMatchObject({ code: 0 });
  const shown = await desk.run(["calls", "spring", "--json"]);
  expect(shown.stdout).toMatch(/"status":"complete"/);
  expect(shown.stdout).toMatch(/"location":"https:\/\/calls-2026\.s3\.amazonaws\.com\/spring\//);
  expect(ran.stdout + ran.stderr + shown.stdout).not.toMatch(/AKIAEXAMPLE|not-to-be-seen/);
});

test.each([["s3"], ["s3://calls/../x"], ["tape"]])("--record %s is refused", async (how) => {
  await using desk = new Desk();
  const refused = await create(desk, "--record", how);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain("record: expected file, file:PREFIX or s3://BUCKET/PREFIX");
});
