/** campaigns simulate */
import { randomInt } from "node:crypto";
import { Misused } from "../../engine/errors.ts";
import { preflightJson } from "../../json/preflight.ts";
import { simulationJson } from "../../json/simulation.ts";
import type { Cli } from "../cli.ts";
import { simulationText } from "../render/simulation.ts";

interface Options {
  readonly like?: string;
  readonly answerRate?: string;
  readonly agents?: string;
  readonly seed?: string;
  readonly price?: string;
}

export function simulateCommand(cli: Cli): void {
  cli
    .command(
      "simulate <campaign>",
      "say what a campaign will come to: its end, calls per hour, agents, minutes and money",
      "campaigns simulate spring --like autumn --agents 20 --price 0.012",
    )
    .option("--like <campaign>", "expect what this campaign's calls came to: answers by hour, durations, endings")
    .option("--answer-rate <percent>", "share of dials that are answered, such as 25% (default: as --like, else 30%)")
    .option("--agents <n>", "calls that the agents take at once (default: the campaign's concurrency)")
    .option("--price <amount>", "price of a minute; each answered call is rounded up to whole minutes")
    .option("--seed <n>", "play the same again; the seed is printed")
    .addHelpText(
      "after",
      `
It dials nobody and changes nothing. The plan, the calling hours, the caps and the retries of a run decide; what callees do is
drawn by lot, several times over. P10, P50 and P90: a tenth, a half, and nine tenths of the runs stay below.
A budget holds as in a run. Callbacks, trunk limits and trouble of any kind are left out. Contacts who were tried already count
as if they were not.`,
    )
    .action(
      cli.action(async (session, ref: string, options: Options) => {
        const seed = number("--seed", options.seed, 0, 2 ** 32 - 1, true) ?? randomInt(1_000_000);
        const price = number("--price", options.price, 0, 1_000_000);
        const percent = number("--answer-rate", options.answerRate?.replace(/%$/, ""), 0, 100);
        const agents = number("--agents", options.agents, 1, 10_000, true);
        const { Simulations } = await import("../../engine/manage/simulate.ts");
        const { Random } = await import("../../sandbox/random.ts");
        const campaigns = await session.findsDatabase().campaigns();
        const simulations = new Simulations(campaigns, await session.store(), session.clock);
        const like = options.like === undefined ? undefined : await campaigns.look(options.like);
        const simulation = await simulations.simulate((await campaigns.look(ref)).id, {
          odds: like && (await simulations.learn(like.id)),
          answerRate: percent === undefined ? undefined : percent / 100,
          agents,
          lots: (run) => {
            const random = new Random(seed + run * 7919);
            return () => random.next();
          },
        });
        const told = { ...options, seed, price };
        session.out.result({ ...simulationJson(simulation, told), preflight: preflightJson(simulation.expected) }, () =>
          simulationText(simulation, told),
        );
      }),
    );
}

function number(
  flag: string,
  text: string | undefined,
  least: number,
  most: number,
  whole = false,
): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? NaN : Number(text);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  throw new Misused(
    "usage",
    `${flag}: expected a ${whole ? "whole " : ""}number from ${least} to ${most}, got "${text}"`,
  );
}
