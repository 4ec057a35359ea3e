/** DEBUG=livekit: each request by its name, and how it ended. What is in it is left out: it is about people. */
import debug from "debug";
import { detailOf, failureOf } from "./errors.ts";

const log = debug("livekit");

/** The same client, telling what it does. */
export function traced<C extends object>(client: C): C {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function" || !log.enabled) return member;
      return (...args: unknown[]): unknown => {
        log("%s", String(name));
        const answer: unknown = Reflect.apply(member, target, args);
        if (answer instanceof Promise) {
          answer.then(
            () => log("%s: done", String(name)),
            (error: unknown) => log("%s: %s", String(name), detailOf(failureOf(error))),
          );
        }
        return answer;
      };
    },
  });
}
