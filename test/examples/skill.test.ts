/** examples/SKILL.md tells a coding agent what there is: every command and tool in it is run as written. */
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import { Scratch } from "../support/cli.ts";
import { Agent } from "../support/mcp.ts";

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const SKILL = readFileSync(example("SKILL.md"), "utf8");

const linesIn = (language: string): string[] =>
  [...SKILL.matchAll(new RegExp(`^ *\`\`\`${language}\\n([^]*?)^ *\`\`\`$`, "gm"))].flatMap(([, text = ""]) =>
    text
      .trim()
      .split("\n")
      .map((line) => line.trim()),
  );

test("says of itself what it is for", () => {
  expect(SKILL).toMatch(/^---\nname: [a-z-]{1,64}\ndescription: .{20,1024}\n---\n/);
});

test("its commands and tools do what it says, in its order", async () => {
  await using sandbox = await startSandbox({ clock: systemClock });
  using scratch = new Scratch(sandbox);
  copyFileSync(example("contacts.csv"), join(scratch.dir, "contacts.csv"));
  for (const command of linesIn("sh")) {
    const { code, stderr } = await scratch.run(...command.split(" ").slice(1));
    expect([command, code, stderr]).toEqual([command, 0, stderr]);
  }
  await using agent = await Agent.start(scratch, "--allow-dial");
  let [plan, call] = ["", ""];
  const used = new Set<string>();
  for (const line of linesIn("text")) {
    const [, tool = "", input = ""] = /^(\w+) (\{.*\})$/.exec(line) ?? [];
    used.add(tool);
    const said = await agent.call(
      tool,
      JSON.parse(input.replace("PLAN", plan).replace("CALL", call)) as Record<string, unknown>,
    );
    expect([line, said.isError, said.text]).toEqual([line, false, said.text]);
    plan = said.json.plan ?? plan;
    call = said.json.calls?.[0]?.id ?? call;
  }
  const tools = await agent.tools();
  expect([...used, "doctor"].toSorted()).toEqual(tools.toSorted());
  const named = [...SKILL.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, name = ""]) => name);
  const heard = agent.heard.join();
  // A tool, or something that was in an answer.
  expect(
    named.filter((name) => !tools.includes(name) && !heard.includes(`"${name}"`) && name !== "plan_changed"),
  ).toEqual([]);
});
