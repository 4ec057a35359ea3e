/** A secret as an argument: never on the command line, where every process of the machine can read it. */
import { text } from "node:stream/consumers";
import { Misused } from "../engine/errors.ts";
import type { TrunkCredentials } from "../engine/ports/trunk-admin.ts";
import type { Session } from "./session.ts";

interface Said {
  readonly authUsername?: string;
  readonly authPasswordStdin?: boolean;
}

/** User name and password, or null when neither is given. The line end that shells and editors add is left out. */
export async function secretFromStdin(
  { authUsername, authPasswordStdin }: Said,
  { io, out }: Pick<Session, "io" | "out">,
): Promise<TrunkCredentials | null> {
  if (authUsername === undefined && authPasswordStdin !== true) return null;
  if (authUsername === undefined || authPasswordStdin !== true) {
    throw new Misused("credentials", "expected --auth-username and --auth-password-stdin together, got one of them", {
      hint: "a trunk without credentials takes neither",
    });
  }
  if ("isTTY" in io.stdin && io.stdin.isTTY === true) out.note("type the password, Enter, then Ctrl-D");
  const password = (await text(io.stdin)).replace(/\r?\n$/, "");
  if (password === "") {
    throw new Misused("credentials", "--auth-password-stdin: expected a password on standard input, got nothing");
  }
  return { username: authUsername, password };
}
