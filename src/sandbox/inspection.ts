/** What the world has seen, so that a test can say "never twice" about any program; and a way to change it meanwhile. */
import { z } from "zod";
import { Misused } from "../engine/errors.ts";
import { faultsForm } from "./faults.ts";
import { scriptForm } from "./network.ts";
import type { World } from "./world.ts";

export function inspect(
  { dials, rooms, peak, faults }: World,
  requests: ReadonlyMap<string, number>,
): Record<string, unknown> {
  const perNumber: Record<string, number> = {};
  for (const { sipCallTo } of dials) perNumber[sipCallTo] = (perNumber[sipCallTo] ?? 0) + 1;
  return {
    rooms: rooms.list().map(({ name }) => name),
    dials: perNumber,
    totalDials: dials.length,
    peak,
    requests: Object.fromEntries(requests),
    faults: faults.met,
    calls: dials,
  };
}

const steering = z.strictObject({
  script: scriptForm.optional(),
  faults: faultsForm.optional(),
  server: z.enum(["restart", "lose_state"]).optional(),
});

/** `{"script": …, "faults": {"seed": 1, "faults": […]}, "server": "restart"}`, each if wanted. Throws Misused. */
export function steer(text: string, world: World): void {
  const asked = steering.safeParse(JSON.parse(text));
  if (!asked.success) throw new Misused("script", z.prettifyError(asked.error));
  if (asked.data.script !== undefined) world.script = asked.data.script;
  if (asked.data.faults !== undefined) world.faults.set(asked.data.faults);
  if (asked.data.server !== undefined) world.serverDoes(asked.data.server);
}
