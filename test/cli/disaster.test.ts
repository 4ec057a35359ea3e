/** The page on disasters in SECURITY.md, played with real processes: the file is gone in the middle of a campaign. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, type Sandbox, type Script, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, fictionalNumber, Scratch } from "../support/cli.ts";
import { inside } from "../support/program.ts";

const CONTACTS = 8;
const ASKED = fictionalNumber(CONTACTS - 1);
const SETTINGS =
  "--hours 0-24 --days all --rules none --timezone UTC --assistant a --ring 5s --delay 0s --concurrency 2";

/** In this process, but for runs, which are real ones. */
async function good(scratch: Scratch, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await (args[0] === "run" ? scratch.run(...args) : inside(scratch, ...args));
  expect(code, stderr).toBe(0);
  return stdout;
}

const talking = (seconds: number): Script =>
  parseScript(JSON.stringify({ others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: seconds } }] }));

const numbers = ({ world }: Sandbox): string[] => world.dials.map(({ sipCallTo }) => sipCallTo);

/** With what lies beside it and remembers. */
function destroy({ dir }: Scratch): void {
  for (const name of readdirSync(dir)) if (name.startsWith("c.db")) rmSync(join(dir, name));
}

describe("the disk is gone in the middle of a campaign", () => {
  test("the backup is restored, the list completed, and nobody's phone rings twice", async () => {
    await using sandbox = await startSandbox({ clock: systemClock, script: talking(60) });
    using scratch = new Scratch(sandbox);
    const csv = scratch.file("c.csv", contactsCsv(CONTACTS));
    await good(scratch, "create", "--name", "spring", "--csv", csv, ...SETTINGS.split(" "), "--start");
    await good(scratch, "create", "--name", "later", "--csv", csv, ...SETTINGS.split(" "));
    const backup = join(scratch.dir, "monday.db");
    await good(scratch, "backup", backup);

    const run = scratch.start("run");
    while (sandbox.world.dials.length < 2) await systemClock.sleep(20);
    await good(scratch, "dnc", "add", ASKED);
    run.kill("SIGKILL");
    await run.ended;
    destroy(scratch);
    sandbox.world.script = talking(0.2);
    const rung = numbers(sandbox);

    const restored = await good(scratch, "restore", backup);
    expect(restored).toContain(`calls that may have been dialed since, and are lost: ${CONTACTS}`);
    expect(restored).toContain("put them on the list again with campaigns dnc add, then resume");
    expect(await inside(scratch, "start", "later")).toMatchObject({ code: 1 });
    await good(scratch, "dnc", "add", ASKED);
    await good(scratch, "resume", "spring");
    await good(scratch, "run");
    expect(numbers(sandbox)).toEqual(rung);
    expect(JSON.parse(await good(scratch, "status", "spring", "--json"))).toMatchObject({
      execution_status: "completed",
      end_reasons: { lost: CONTACTS },
    });
    // The other campaign goes on, on the same file, without whoever asked not to be called.
    await good(scratch, "resume", "later");
    await good(scratch, "run");
    expect(numbers(sandbox)).not.toContain(ASKED);
    await good(scratch, "audit", "verify", "--calls");
  }, 60_000);
});
