/** Receivers of events are told beside what a command does, and once more when it is over. */
import type { RunEvent } from "../domain/calls/run-event.ts";
import { SECOND } from "../domain/time/instant.ts";
import type { Session } from "./session.ts";

/** How long a command that is over may still tell what is due. */
const LAST_WORDS = 10 * SECOND;

export interface Telling {
  /** Something happened: see whether somebody is to be told. */
  readonly heard: (event: RunEvent) => void;
  readonly wake: () => void;
  /** Tells what is due, for a while, and no more. */
  readonly end: () => Promise<void>;
}

/** `leave`: nobody waits any more. `tell`: says what goes wrong. */
export async function startTelling(
  session: Session,
  leave: AbortSignal,
  tell: (event: RunEvent) => void,
): Promise<Telling> {
  const { clock, out } = session;
  const { Notices } = await import("../engine/run/notices.ts");
  const notices = new Notices({
    store: await session.store(),
    messenger: await session.messenger(),
    clock,
    onTrouble: (campaign, error) => {
      const [at, who] = [clock.now(), `webhook of "${campaign}"`];
      if (error === null) tell({ at, type: "recovered_from", with: "webhook" });
      else tell({ at, type: "trouble", with: "webhook", message: `${who}: ${error}`, hint: null });
    },
  });
  const stop = new AbortController();
  const onBug = (error: unknown): void =>
    out.warn(error instanceof Error && error.stack !== undefined ? error.stack : String(error));
  // Whatever it is, dialing goes on.
  const running = notices.run(stop.signal, leave).catch(onBug);
  return {
    heard: ({ type }) => {
      if (/^call_(ended|verdict)$|^campaign_/.test(type)) notices.wake();
    },
    wake: () => notices.wake(),
    end: async () => {
      stop.abort();
      const enough = new AbortController();
      const over = clock.sleep(LAST_WORDS, AbortSignal.any([leave, enough.signal])).then(() => enough.abort());
      await running.then(() => notices.flush(AbortSignal.any([leave, enough.signal]))).catch(onBug);
      enough.abort();
      await over;
    },
  };
}
