/** Several stores on the same data as one, each verb going to the next of them, so that none can rely on its memory. */
import type { Store } from "../../src/engine/ports/index.ts";

export function takingTurns(stores: readonly Store[], afterwards: () => void): Store {
  let turn = 0;
  return new Proxy({} as Store, {
    get: (_, verb: keyof Store) => {
      if (verb !== Symbol.asyncDispose) return stores[turn++ % stores.length]?.[verb];
      return async () => {
        for (const store of stores) await store[Symbol.asyncDispose]();
        afterwards();
      };
    },
  });
}
