/** A key is called wrong only at the start: what a port refuses once it has answered is trouble that may pass. */
import { type CampaignsError, Misused, Unavailable } from "../errors.ts";

/** The same port; after its first answer it throws `Unavailable` where it threw `Misused`. */
export function steady<T extends object>(port: T): T {
  let hasAnswered = false;
  const settled = async (answer: Promise<unknown>): Promise<unknown> => {
    try {
      const value = await answer;
      hasAnswered = true;
      return value;
    } catch (error) {
      throw hasAnswered && error instanceof Misused ? asTrouble(error) : error;
    }
  };
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function" || typeof name === "symbol") return member;
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer instanceof Promise ? settled(answer) : answer;
      };
    },
  });
}

/** The code stays: it tells a refused key from a server that is away. */
export function asTrouble(error: CampaignsError): Unavailable {
  if (error instanceof Unavailable) return error;
  const { code, message, hint } = error;
  const reload = "a run reads its settings file again on SIGHUP";
  return new Unavailable(code, message, { hint: hint === undefined ? reload : `${hint}; ${reload}`, cause: error });
}

/** LiveKit answers, and refuses what it allowed at the start. */
export const isRefusedKey = ({ code }: CampaignsError): boolean => code === "livekit_key" || code === "livekit_page";
