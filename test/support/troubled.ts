/**
 * A real store whose answers get lost: a verb fails before it acts (the database is away), or after (it committed, and
 * the connection broke). `draw` decides per verb.
 */
import { Unavailable } from "../../src/engine/errors.ts";
import type { Store } from "../../src/engine/ports.ts";

export type Trouble = "before" | "after" | null;

export function troubled(store: Store, draw: (verb: string) => Trouble): Store {
  return new Proxy(store, {
    get(target, name, receiver) {
      const verb: unknown = Reflect.get(target, name, receiver);
      if (typeof verb !== "function" || typeof name === "symbol") return verb;
      return async (...args: unknown[]): Promise<unknown> => {
        const trouble = draw(name);
        if (trouble === "before") throw new Unavailable("database", "the database did not answer: played");
        const answer: unknown = await Reflect.apply(verb, target, args);
        if (trouble === "after") throw new Unavailable("database", "the connection broke after the commit: played");
        return answer;
      };
    },
  });
}
