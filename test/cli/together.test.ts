/** Options that cannot be said together: one sentence, and nothing is done. */
import type { Command, Option } from "commander";
import { beforeAll, expect, test } from "vitest";
import { excluded, needed } from "../../src/cli/together.ts";
import { Desk } from "../support/desk.ts";
import { wholeProgram } from "../support/program.ts";

/** Every command with its words, arguments and what it cannot do without. */
interface Spoken {
  readonly command: Command;
  readonly words: readonly string[];
}

const all = (command: Command, above: readonly string[] = []): Spoken[] =>
  command.commands.flatMap((each) => {
    const words = [...above, each.name()];
    return [{ command: each, words }, ...all(each, words)];
  });

const said = ({ long, required, argChoices }: Option): string[] => [
  long ?? "",
  ...(required ? [argChoices?.[0] ?? "x"] : []),
];

const line = ({ command, words }: Spoken, options: readonly Option[]): string[] => {
  const needs = command.options.filter((each) => each.mandatory && !options.includes(each));
  const places = command.registeredArguments.filter(({ required }) => required).map(() => "x");
  return [...words, ...places, ...[...needs, ...options].flatMap(said)];
};

let spoken: readonly Spoken[];
let common: readonly Option[];
beforeAll(async () => {
  const program = await wholeProgram();
  [spoken, common] = [all(program), program.options];
});

const pairs = (): { readonly argv: string[]; readonly names: readonly string[] }[] =>
  spoken.flatMap((each) =>
    each.command.options.flatMap((option) =>
      excluded(option).flatMap((name) => {
        const other = [...each.command.options, ...common].find((one) => one.attributeName() === name);
        return other === undefined
          ? []
          : [{ argv: line(each, [option, other]), names: [option.long ?? "", other.long ?? ""] }];
      }),
    ),
  );

test("every pair that the commands name is refused with one sentence that names both", async () => {
  await using desk = new Desk();
  expect(pairs().map(({ argv }) => argv.join(" "))).toEqual(
    expect.arrayContaining([
      "calls x --csv --json",
      "dnc export --csv --json",
      "create --name x --assistant x --prompt-file x --prompt x",
    ]),
  );
  for (const { argv, names } of pairs()) {
    const { code, stdout, stderr } = await desk.run(argv);
    expect([argv, code, stdout]).toEqual([argv, 2, ""]);
    expect(stderr).toContain("cannot be used with option");
    for (const name of names) expect(stderr).toContain(`'${name}`);
  }
});

test("what says something of another option is refused without it", async () => {
  await using desk = new Desk();
  const lone = spoken.flatMap((each) =>
    each.command.options.flatMap((option) => {
      const other = needed(option);
      return other === undefined ? [] : [{ argv: line(each, [option]), option: option.long ?? "", other }];
    }),
  );
  expect(lone.map(({ argv }) => argv.join(" "))).toEqual(
    expect.arrayContaining([
      "calls x --escape-formulas",
      "report x --force",
      "dial x --yes",
      "contacts import x --list x --force",
    ]),
  );
  for (const { argv, option, other } of lone) {
    expect(await desk.run(argv)).toEqual({
      code: 2,
      stdout: "",
      stderr: `campaigns: expected ${option} together with --${other}, got it alone\n`,
    });
  }
});

test("a campaign is exported as it is: there is nothing to try out", async () => {
  await using desk = new Desk();
  expect(await desk.run(["export", "spring", "--dry-run"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--dry-run: expected a number, got a campaign") as string,
  });
});
