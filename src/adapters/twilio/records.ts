/** Twilio's call records: what became of a call, for how long, at what price. */
import { SECOND, type Instant } from "../../domain/time/instant.ts";
import {
  CARRIER_STATUSES,
  type CarrierCall,
  type CarrierRecords,
  type CarrierStatus,
} from "../../engine/ports/carrier.ts";
import type { TwilioClient } from "./client.ts";
import { asked, isNotFound } from "./errors.ts";

type Call = Awaited<ReturnType<TwilioClient["calls"]["list"]>>[number];

export class TwilioRecords implements CarrierRecords {
  readonly #twilio: TwilioClient;

  constructor(twilio: TwilioClient) {
    this.#twilio = twilio;
  }

  find(sid: string): Promise<CarrierCall | null> {
    return asked(async () => {
      try {
        return callOf(await this.#twilio.calls(sid).fetch());
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    });
  }

  callsTo(number: string, from: Instant, until: Instant): Promise<readonly CarrierCall[]> {
    return asked(async () => {
      // Twilio's filters work on whole seconds: asked a little wider, and looked at again below.
      const calls = await this.#twilio.calls.list({
        to: number,
        startTimeAfter: new Date(from - SECOND),
        startTimeBefore: new Date(until + SECOND),
      });
      return calls
        .map(callOf)
        .filter(({ startedAt }) => startedAt !== null && startedAt >= floor(from) && startedAt <= until)
        .toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
    });
  }
}

/** Twilio knows seconds only: a call of this second may have begun after `at`. */
const floor = (at: Instant): Instant => Math.floor(at / SECOND) * SECOND;

const callOf = ({ sid, status, duration, price, priceUnit, startTime, endTime }: Call): CarrierCall => ({
  id: sid,
  status: isStatus(status) ? status : "failed",
  durationSeconds: orNull(duration) === null ? null : Number(duration),
  // A charge is negative in Twilio's books.
  price: orNull(price) === null ? null : { micros: Math.round(-Number(price) * 1e6) + 0, unit: priceUnit },
  startedAt: orNull(startTime)?.getTime() ?? null,
  endedAt: orNull(endTime)?.getTime() ?? null,
});

/** The types say that these are always there; a call under way has none of them. */
const orNull = <T>(value: T | null | undefined): T | null => value ?? null;

const isStatus = (status: string): status is CarrierStatus => CARRIER_STATUSES.some((known) => known === status);
