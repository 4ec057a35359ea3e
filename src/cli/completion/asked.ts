/** How a shell's script asks what may come next; see campaigns.bash and its siblings. */
import type { Io } from "../io.ts";

/** Null: that is not asked. */
export function asked({ argv }: Pick<Io, "argv">): readonly string[] | null {
  const [command, shell, dashes, ...words] = argv.slice(2);
  if (command !== "completion" || dashes !== "--") return null;
  return shell === "bash" ? words.map(unquoted) : words;
}

/** Bash hands over what was typed, the others what it stands for. Nothing is run for it. */
const unquoted = (word: string): string => word.replaceAll(/\\(.)|["']/gs, (_, kept: string | undefined) => kept ?? "");
