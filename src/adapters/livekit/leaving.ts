/** Holds the request that rings a phone back until the last moment, from behind the SDK, which knows nothing of it. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Leave } from "../../engine/ports/index.ts";

/** It was not to leave any more, and has not. */
export class Unsent extends Error {
  constructor() {
    super("the request was not to leave any more");
  }
}

const leaving = new AsyncLocalStorage<Leave | undefined>();

/** What `send` sends leaves by it. */
export const leavingBy = <T>(leave: Leave | undefined, send: () => T): T => leaving.run(leave, send);

/** Of the request that is being sent. */
export const leaveOf = (): Leave | undefined => leaving.getStore();
