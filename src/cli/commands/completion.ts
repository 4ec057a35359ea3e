/** campaigns completion: the script of a shell. What that asks at each Tab is answered in completion/complete.ts. */
import { readFileSync } from "node:fs";
import { Argument } from "commander";
import type { Cli } from "../cli.ts";

const HELP = `
For good: a line in ~/.bashrc or, after compinit, in ~/.zshrc, or a file for fish:
  source <(campaigns completion bash)
  source <(campaigns completion zsh)
  campaigns completion fish > ~/.config/fish/completions/campaigns.fish
Commands, options, files, and the names of campaigns, lists and trunks that have a number of yours are completed. Numbers are not.`;

export function completionCommand(cli: Cli): void {
  cli
    .command(
      "completion",
      "print the script that lets a shell complete commands, options and names",
      "source <(campaigns completion bash)",
    )
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", HELP)
    .action(
      cli.action((session, shell: string) => {
        const script = readFileSync(new URL(`../completion/campaigns.${shell}`, import.meta.url), "utf8");
        if (session.out.json) session.out.result({ script }, () => "");
        else session.out.raw(script);
        return Promise.resolve();
      }),
    );
}
