/** How soon after their promise callbacks are dialed, over a night on which the clock changes and two kills. Seeded. */
import { MINUTE } from "../../src/domain/time/instant.ts";
import { shareWithin, simulateCallbacks } from "../support/callbacks.ts";
import { aim } from "./measure.ts";

const [CONTACTS, EVERY] = [1000, 5];

export async function callbacks(): Promise<string> {
  const began = performance.now();
  const figures = await simulateCallbacks(CONTACTS, EVERY);
  const { promised, late, early, outside, twice, lost, missed } = figures;
  const share = shareWithin(figures, 5 * MINUTE);
  const took = ((performance.now() - began) / 1000).toFixed(0);
  return [
    `${CONTACTS} contacts, ${promised} callbacks promised, ${missed} missed (simulated in ${took} s)`,
    aim(`${(share * 100).toFixed(1)} % dialed within 5 minutes of the promise`, "95 %", share >= 0.95),
    `  ${late[Math.floor(late.length / 2)]?.toFixed(1)} s late (median), ${late.at(-1)?.toFixed(1)} s at most`,
    aim(`${early} too early, ${outside} outside the hours, ${twice} twice`, "0", early + outside + twice === 0),
    aim(`${lost} lost`, "0", lost === 0),
  ].join("\n");
}
