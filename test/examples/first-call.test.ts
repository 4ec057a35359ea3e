/** examples/first-call.md leads from an empty project to a call: all its commands are run, in its order, as one script. */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import { Scratch } from "../support/cli.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const WALK = readFileSync(root("examples/first-call.md"), "utf8");
const PHONE = "+12025550123";
const USER = "a11ce000-0000-4000-8000-00000000000a";

/** For machines without PostgreSQL's own; it comes last on the PATH. */
const PSQL = `#!/usr/bin/env node
const url = new URL(process.argv.at(-1));
const path = url.searchParams.get("host") + "/.s.PGSQL.5432";
const sql = require(${JSON.stringify(createRequire(import.meta.url).resolve("postgres"))})
  ({ host: "localhost", path, database: url.pathname.slice(1), username: url.username, onnotice: () => {} });
sql.unsafe(require("node:fs").readFileSync(0, "utf8")).then(() => sql.end());`;

test("an empty project and a trunk become a call, and then a campaign", async () => {
  await using postgres = await Postgres.start();
  await using project = await SupabaseProject.start(postgres, "walk", "select 1");
  await using sandbox = await startSandbox({ clock: systemClock });
  using scratch = new Scratch();
  const { dir } = scratch;
  for (const folder of ["tools", "last"]) mkdirSync(join(dir, folder));
  // What is installed is there already; npm is only heard.
  chmodSync(scratch.file("tools/npm", `#!/bin/sh\necho "$@" >> ${dir}/npm.txt`), 0o755);
  chmodSync(scratch.file("last/psql", PSQL), 0o755);
  symlinkSync(root("bin/campaigns.js"), join(dir, "tools", "campaigns"));
  symlinkSync(root("examples"), join(dir, "examples"));

  const mine: Readonly<Record<string, string>> = {
    "https://PROJECT.supabase.co": project.url,
    SUPABASE_SECRET_KEY: project.serviceRoleKey,
    USER_ID: USER,
    "wss://PROJECT.livekit.cloud": sandbox.url,
    LIVEKIT_KEY: sandbox.apiKey,
    LIVEKIT_SECRET: sandbox.apiSecret,
    "SIP.CARRIER.EXAMPLE": "sip.example.com",
    SIP_USER: "alice",
    CALLER_ID: "+12025550190",
    YOUR_PHONE: PHONE,
  };
  const blocks = [...WALK.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, text]) => text);
  let script = blocks.join("");
  for (const [name, value] of Object.entries(mine)) {
    expect(script).toContain(name);
    script = script.replaceAll(new RegExp(`(?<![A-Z_])${name}\\b`, "g"), value);
  }
  // It may be night where the phone is.
  script = script.replace(/^campaigns dial .*$/m, "$& --force --yes");
  const env = {
    HOME: dir,
    PATH: [join(dir, "tools"), dirname(process.execPath), process.env["PATH"], join(dir, "last")].join(delimiter),
    SIP_PASSWORD: "secret",
    DATABASE_URL: `postgresql://postgres@localhost/walk?host=${String(postgres.options("walk").host)}`,
  };
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], { cwd: dir, env });

  expect(readFileSync(join(dir, "npm.txt"), "utf8")).toBe("ci\nrun -s build\nlink\n");
  expect(statSync(join(dir, ".env")).mode & 0o777).toBe(0o600);
  expect(sandbox.world.dials.map(({ sipCallTo, sipNumber }) => [sipCallTo, sipNumber])).toEqual([
    [PHONE, "+12025550190"],
    [PHONE, "+12025550190"],
  ]);
  expect(stdout).toContain("0 failed");
  expect(stdout).toContain(`would create "spring" with 20 contacts`);
  const rows = await project.sql`select c.execution_status, c.user_id, k.status from campaigns c
    join campaign_calls k on k.campaign_id = c.id`;
  expect([...rows]).toEqual([{ execution_status: "completed", user_id: USER, status: "completed" }]);
}, 400_000);
