/** The list of commands, and what beginning one of them costs. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";

const HOOK = `
  import { registerHooks } from "node:module";
  const loaded = new Set();
  registerHooks({ load: (url, context, next) => (loaded.add(url), next(url, context)) });
  process.on("exit", () => process.stderr.write(JSON.stringify([...loaded])));`;
/** The compiled files: in the bundle, which has the same imports, packages have lost their names. */
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** The packages that a command loads, without their files. */
function packagesOf(...argv: string[]): string[] {
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const out = execFileSync(
    process.execPath,
    [
      "--import",
      hook,
      "--input-type=module",
      "-e",
      `
    process.argv = ["node", "campaigns", ...${JSON.stringify(argv)}];
    process.stderr.write = ((write) => (text) => write.call(process.stdout, "\\n" + text))(process.stdout.write);
    const { main } = await import(${JSON.stringify(MAIN)});
    process.exitCode = await main(process);`,
    ],
    { encoding: "utf8" },
  );
  const urls = JSON.parse(out.split("\n").at(-1) ?? "") as string[];
  const names = urls.flatMap((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  return [...new Set(names)].sort();
}

const nameOf = (usage: string): string => usage.split(" ")[0] ?? "";

test.each([
  ["--version", []],
  ["--help", ["commander"]],
])("campaigns %s loaded 368 files to print a few lines", (flag, packages) => {
  expect(packagesOf(flag)).toEqual(packages);
});

test("a command's help loads no database, no LiveKit, no carrier", () => {
  const heavy = ["livekit-server-sdk", "@supabase/supabase-js", "twilio", "csv-parse"];
  expect(packagesOf("list", "--help").filter((name) => heavy.includes(name))).toEqual([]);
});

test("only serve loads what answers HTTP, and only mcp what talks to agents", () => {
  const http = ["hono", "@hono/zod-openapi", "@hono/node-server", "prom-client", "@modelcontextprotocol/server"];
  const loaded = (...argv: string[]): string[] => packagesOf(...argv).filter((name) => http.includes(name));
  for (const argv of [["schema"], ["rules"], ["serve", "--help"], ["mcp", "--help"]]) {
    expect(loaded(...argv)).toEqual([]);
  }
});

test("every command of the list is declared by the file that the list names", async () => {
  for (const { usage, load } of COMMANDS) {
    const declared: string[] = [];
    const command = (written: string, summary: string, _example: string, group?: Command): Command => {
      if (group === undefined) declared.push(nameOf(written));
      return new Command(nameOf(written)).description(summary);
    };
    const group = (name: string): Command => {
      declared.push(name);
      return new Command(name);
    };
    (await load())({ command, group, action: () => () => Promise.resolve() });
    expect(declared).toContain(nameOf(usage));
  }
});
