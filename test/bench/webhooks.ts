/** Looks at live calls, and how soon and how truly their ends are known: without webhooks, with them, and with faulty ones. */
import type { Fault } from "../../src/sandbox/index.ts";
import { playCampaign, type Told } from "../support/told.ts";
import { aim } from "./measure.ts";

const CALLS = 40;
/** Seconds: all begin together, and end one after the other. */
const talks = (n: number): number => 15 + n * 1.13;

const fault = (does: Fault["does"], chance: number, seconds = 1): Fault => ({ method: "", chance, does, seconds });
const FAULTY = [
  fault("webhook_lost", 0.05),
  fault("webhook_twice", 0.1),
  fault("webhook_late", 0.1, 3),
  fault("webhook_overtaken", 0.1, 8),
];

const worst = (all: readonly number[]): string => `${Math.round(Math.max(...all.map(Math.abs)))} ms`;
const middle = (all: readonly number[]): string =>
  `${Math.round(all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN)} ms`;

export async function webhooks(): Promise<string> {
  const lines: string[] = [];
  let without = NaN;
  const ways: readonly (readonly [string, Pick<Told, "hears" | "faults" | "killsAfter">])[] = [
    ["no webhooks", { hears: "nobody" }],
    ["serve --run", { hears: "process" }],
    ["serve beside run", { hears: "store" }],
    ["serve --run, faulty webhooks", { hears: "process", faults: FAULTY }],
    ["serve beside run, killed after 20 s", { hears: "store", killsAfter: 20_000 }],
  ];
  for (const [name, how] of ways) {
    const { looks, ended, dials, webhooks: sent } = await playCampaign({ calls: CALLS, talks, ...how });
    if (Number.isNaN(without)) without = looks;
    const [offs, noticed] = [ended.map(({ off }) => off), ended.map((one) => one.noticed)];
    const holds = ended.every(({ off, said }) => Math.abs(off) <= said + 150);
    lines.push(
      `${name}: ${looks} looks (${(without / looks).toFixed(1)} times fewer); known after ${middle(noticed)}, at the latest ${worst(noticed)}; stored ends off by ${middle(offs)}, at most ${worst(offs)}; webhooks ${JSON.stringify(sent)}`,
      aim(`${dials} dials of ${CALLS} calls; each end within its stated doubt`, "yes", dials === CALLS && holds),
    );
  }
  return lines.join("\n");
}
