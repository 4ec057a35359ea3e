/** examples/api.sh takes a campaign through its life with curl, and ends with what the command line shows. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { Scratch } from "../support/cli.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

interface Page {
  readonly calls?: readonly { readonly id: string }[];
  readonly next?: string | null;
}

test("with nothing but curl, a campaign comes to the same table as with the command line", async () => {
  using scratch = new Scratch();
  await life(scratch);
}, 180_000);

test("on a Supabase project too", async () => {
  await using postgres = await Postgres.start();
  await using project = await SupabaseProject.start(postgres, "curl");
  using scratch = new Scratch();
  scratch.env({ SUPABASE_URL: project.url, SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey, CAMPAIGNS_DB: "" });
  scratch.env({ CAMPAIGNS_USER_ID: "a11ce000-0000-4000-8000-00000000000a" });
  await life(scratch);
  expect(await project.sql`select count(*)::int as calls from campaign_calls`).toEqual([{ calls: 20 }]);
}, 300_000);

async function life(scratch: Scratch): Promise<void> {
  const child = scratch.start("serve", "--port", "0", "--run", "--sandbox", "--json");
  const [first] = (await once(child.stdout ?? child, "data")) as [Buffer];
  const { url, token } = JSON.parse(String(first).split("\n")[0] ?? "") as Record<string, string>;
  const env = { PATH: process.env["PATH"] ?? "", URL: url, TOKEN: token };
  const { stdout } = await promisify(execFile)("sh", [example("api.sh"), example("contacts.csv")], { env });
  const pages = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Page)
    .filter(({ next }) => next !== undefined);
  const shown = JSON.parse((await scratch.run("calls", "spring", "--json")).stdout) as Required<Page>;
  expect(pages).toHaveLength(3);
  expect(pages.flatMap(({ calls = [] }) => calls)).toEqual(shown.calls);
  expect(shown.calls).toHaveLength(20);
  expect(shown.calls).toContainEqual(expect.objectContaining({ status: "completed", outcome: "do_not_call" }));
  expect(JSON.parse((await scratch.run("status", "spring", "--json")).stdout)).toMatchObject({
    execution_status: "completed",
    dials: 20,
  });
  child.kill("SIGTERM");
  expect((await child.ended).code).toBe(143);
}
