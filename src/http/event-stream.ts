/** Events as server-sent events. They are pulled: a client that reads slowly costs one page of them, however long it takes. */
import type { CampaignEvent } from "../domain/calls/campaign-event.ts";
import { wholeEvent } from "../domain/calls/campaign-event.ts";
import { SECOND } from "../domain/time/instant.ts";
import { Unavailable } from "../engine/errors.ts";
import type { Clock } from "../engine/ports/index.ts";
import type { EventPage } from "../engine/ports/events.ts";

/** So that proxies, and whoever listens, know that it is there. */
const HEARTBEAT = 15 * SECOND;
const POLL = SECOND;
/** How soon a client that was cut off comes back. */
const RETRY = 2 * SECOND;

export interface StreamSource {
  readonly read: (after: number) => Promise<EventPage>;
  readonly after: number;
  /** May whoever listens still do so? */
  readonly mayListen: () => Promise<boolean>;
  readonly closing: AbortSignal;
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
  readonly onEnd: () => void;
}

export function eventStream(source: StreamSource): ReadableStream<Uint8Array> {
  const { clock } = source;
  const gone = new AbortController();
  const stop = AbortSignal.any([gone.signal, source.closing]);
  const text = new TextEncoder();
  let { after } = source;
  let greeting: string | null = `retry: ${RETRY}\n\n`;

  const next = async (): Promise<string | null> => {
    if (greeting !== null) {
      const said = greeting;
      greeting = null;
      return said;
    }
    const beat = clock.monotonic() + HEARTBEAT;
    while (!stop.aborted) {
      const page = await source.read(after);
      after = page.last;
      if (page.events.length > 0) return page.events.map(frame).join("");
      if (clock.monotonic() >= beat) return (await source.mayListen()) ? ": still here\n\n" : null;
      await clock.sleep(POLL, stop);
    }
    return null;
  };

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const said = await next().catch((error: unknown) => {
          // The client comes back, and goes on where it was.
          if (!(error instanceof Unavailable)) source.onBug(error);
          return null;
        });
        if (gone.signal.aborted) return;
        if (said !== null) return controller.enqueue(text.encode(said));
        source.onEnd();
        controller.close();
      },
      cancel() {
        gone.abort();
        source.onEnd();
      },
    },
    { highWaterMark: 0 },
  );
}

/** JSON has no line breaks of its own. */
const frame = (event: CampaignEvent & { readonly position: number }): string =>
  `id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(wholeEvent(event))}\n\n`;
