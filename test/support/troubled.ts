/** The real store, the real LiveKit adapter, and trouble on the way to them. */
import { Unavailable } from "../../src/engine/errors.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import type { Rig } from "./engine.ts";

export type Trouble = "before" | "after" | null;

/** A real thing, but for one of its verbs. */
export function altered<T extends object, V extends keyof T>(real: T, verb: V, act: (as: T[V]) => T[V]): T {
  return new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      const own: unknown = typeof value === "function" ? value.bind(target) : value;
      return name === verb ? act(own as T[V]) : own;
    },
  });
}

/**
 * A real store whose answers get lost: a verb fails before it acts (the database is away), or after (it committed, and
 * the connection broke). `draw` decides per verb.
 */
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

/** A store that does not hear a runner's goodbye, as after kill -9. */
export const deaf = (store: Store): Store => troubled(store, (verb) => (verb === "endLease" ? "before" : null));

/** A runner that is gone after so many milliseconds, as after kill -9; its calls go on. */
export async function runnerDies(rig: Rig, after: number): Promise<void> {
  const { leave } = rig.work({}, deaf(rig.store));
  await rig.clock.advance(after);
  leave.abort();
}

/** A real thing that answers with this error whenever `isNow`. */
export function refusing<T extends object>(real: T, answer: Error, isNow: (verb: string) => boolean): T {
  return new Proxy(real, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function" || typeof name === "symbol") return member;
      return (...args: unknown[]): unknown =>
        isNow(name) ? Promise.reject(answer) : (Reflect.apply(member, target, args) as unknown);
    },
  });
}
