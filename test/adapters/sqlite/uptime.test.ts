/** Leases of an embedded store are judged by the machine's uptime: its wall clock may be set, and a reboot ends all runners. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { Scene, people } from "../../contracts/store/scene.ts";
import { NOON } from "../../support/domain.ts";

async function withStores(act: (machine: { up: number }, scene: Scene, other: Scene) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-uptime-"));
  const machine = { up: 9 * HOUR };
  const uptime = (): number => machine.up;
  try {
    await using one = openSqliteStore(join(dir, "c.db"), { uptime });
    await using two = openSqliteStore(join(dir, "c.db"), { uptime });
    await act(machine, new Scene(one), new Scene(two));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test("a clock set an hour ahead took over the living runner's calls: it takes nothing until the lease has run out", () =>
  withStores(async (machine, scene, other) => {
    const campaign = await scene.running(people(1));
    const { attempt } = await scene.dialed(campaign, await scene.runner(NOON, NOON + MINUTE));
    const me = await other.runner(NOON + HOUR);
    expect(await other.store.takeOver(me, NOON + HOUR)).toEqual([]);
    expect((await other.store.progress(campaign.id, NOON + HOUR)).runners).toBe(2);
    machine.up += MINUTE;
    expect(await other.store.takeOver(me, NOON - HOUR)).toMatchObject([{ attempt: { id: attempt.id } }]);
  }));

test("a reboot ends every lease, however short the machine is up", () =>
  withStores(async (machine, scene, other) => {
    const campaign = await scene.running(people(1));
    await scene.dialed(campaign, await scene.runner());
    machine.up = 20 * SECOND;
    expect(await other.store.takeOver(await other.runner(), NOON + SECOND)).toHaveLength(1);
  }));
