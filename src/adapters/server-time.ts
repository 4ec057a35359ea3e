/** What time it is at an HTTP server: any answer of it has a date, and no key is needed for one. */
import { type Instant, SECOND } from "../domain/time/instant.ts";

/** Less than a doctor's patience with one check, so that it is the server that is said not to answer. */
const PATIENCE = 8 * SECOND;

/** `url`: ws and wss are http and https there. Whole seconds; null: it does not say. Throws what `fetch` throws. */
export async function serverTime(url: string): Promise<Instant | null> {
  const answer = await fetch(url.replace(/^ws/, "http"), { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
  await answer.body?.cancel();
  const date = Date.parse(answer.headers.get("date") ?? "");
  return Number.isNaN(date) ? null : date;
}
