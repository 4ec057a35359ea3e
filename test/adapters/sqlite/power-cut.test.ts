/**
 * The power goes at the very moment at which a dial leaves: what is on the disk then, with whatever was being written torn
 * in the middle, has the attempt. Writes share commits; a dial does not leave before its own.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { HOUR } from "../../../src/domain/time/instant.ts";
import type { DialOrder, Telephony } from "../../../src/engine/ports/index.ts";
import { Random } from "../../../src/sandbox/index.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { NOON } from "../../support/domain.ts";
import { Rig } from "../../support/engine.ts";

const CONTACTS = 40;

test("no dial without its stored attempt, whenever the power goes", async () => {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-power-"));
  const path = join(dir, "c.db");
  const random = new Random(7);
  const found: (string | undefined)[] = [];

  /** What a machine finds that comes up again: the file, its journal, and half of a page that never got there. */
  function afterPowerCut({ attemptId }: DialOrder): void {
    const copy = join(dir, `cut-${found.length}.db`);
    copyFileSync(path, copy);
    const journal = readFileSync(`${path}-wal`);
    const torn = Buffer.from(Array.from({ length: random.whole(0, 3000) }, () => random.whole(0, 255)));
    writeFileSync(`${copy}-wal`, Buffer.concat([journal, torn]));
    using db = new DatabaseSync(copy);
    const row = db
      .prepare(
        "select a.state, a.dialed_at, k.status from call_attempts a join campaign_calls k on k.id = a.call_id where a.id = ?",
      )
      .get(attemptId);
    found.push(
      row && `${String(row["state"])} ${String(row["status"])} ${row["dialed_at"] === null ? "unsaid" : "said"}`,
    );
  }

  try {
    await using rig = new Rig(NOON, path);
    rig.script({
      numbers: Object.fromEntries(
        Array.from({ length: CONTACTS }, (_, n) => [
          fictionalNumber(n),
          [
            random.chance(0.5)
              ? { does: "answer", rings: random.next() * 3, talks: random.next() * 20 }
              : { does: "ring" },
          ],
        ]),
      ),
    });
    await rig.start(CONTACTS, { concurrency: 15, delay: "0s", usualHangUps: "100%" });
    const telephony = new Proxy(rig.telephony, {
      get(target, name) {
        const verb: unknown = Reflect.get(target, name);
        if (typeof verb !== "function") return verb;
        return (...args: unknown[]): unknown => {
          if (name === ("dial" satisfies keyof Telephony)) afterPowerCut(args[0] as DialOrder);
          return Reflect.apply(verb, target, args);
        };
      },
    });
    await rig.clock.finish(rig.work({}, rig.store, telephony).done, HOUR);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  expect(found).toEqual(Array.from({ length: CONTACTS }, () => "dialing calling said"));
});
