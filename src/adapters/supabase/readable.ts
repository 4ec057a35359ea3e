/**
 * An answer of another shape than its function gives: it was cut, or is another server's. It is no bug of ours, and like an
 * answer that was lost it says nothing of whether what was asked for was done.
 */
import debug from "debug";
import { ZodError } from "zod";
import { Unavailable } from "../../engine/errors.ts";

/** DEBUG=campaigns: what was odd, by its place; never what stood there. */
const log = debug("campaigns");

/** The same verbs; one whose answer cannot be read throws `Unavailable`. */
export function readable<T extends object>(verbs: T): T {
  const members = Object.entries(verbs) as [string, (...args: unknown[]) => Promise<unknown>][];
  const read = members.map(([verb, ask]) => [
    verb,
    async (...args: unknown[]): Promise<unknown> => {
      try {
        return await ask(...args);
      } catch (error) {
        throw error instanceof ZodError ? unreadable(verb, error) : error;
      }
    },
  ]);
  return { ...verbs, ...(Object.fromEntries(read) as Partial<T>) };
}

function unreadable(verb: string, { issues }: ZodError): Unavailable {
  log("Supabase: %s: unreadable at %s", verb, issues.map(({ path }) => path.join(".") || "the top").join(", "));
  return new Unavailable("database", "Supabase answered with something else than was asked for", {
    hint: "another server may have answered in its place: check SUPABASE_URL; what was asked for may have been done",
  });
}
