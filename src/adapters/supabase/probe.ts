/** What only a doctor asks of a project. */
import type { Instant } from "../../domain/time/instant.ts";
import type { ProjectProbe } from "../../engine/doctor/doctor.ts";
import { messageOf, Unavailable } from "../../engine/errors.ts";
import { serverTime } from "../server-time.ts";

export class SupabaseDoctor implements ProjectProbe {
  readonly #url: string;

  /** https://PROJECT.supabase.co */
  constructor(url: string) {
    this.#url = url;
  }

  async serverTime(): Promise<Instant> {
    const hint = "check SUPABASE_URL, and whether the project is up";
    const time = await serverTime(new URL("/rest/v1/", this.#url).href).catch((error: unknown) => {
      throw new Unavailable("database", `the project did not answer: ${messageOf(error)}`, { hint });
    });
    if (time !== null) return time;
    throw new Unavailable("database", "the project answers without saying what time it is", { hint });
  }
}
