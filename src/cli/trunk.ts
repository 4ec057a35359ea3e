/** A trunk that an option names: looked up in LiveKit where that can be asked. */
import { Unavailable } from "../engine/errors.ts";
import type { Session } from "./session.ts";

/**
 * The id of the trunk with that id or name. Where no LiveKit is set, or it is down, what was said, with a note: the run
 * looks again. Throws Refused when LiveKit has no such trunk.
 */
export async function trunkNamed(ref: string, session: Session): Promise<string> {
  const unchecked = (why: string): string => {
    session.out.note(`--trunk was not checked: ${why}`);
    return ref;
  };
  if (session.config.settings.missing.length > 0) return unchecked("no LiveKit is set");
  try {
    return await (await session.outboundTrunks()).idOf(ref);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return unchecked(error.message);
  }
}
