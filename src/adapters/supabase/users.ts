/** Signed-in users of the project: asked of the project itself, so that a sign-out or a ban counts. */
import { z } from "zod";
import { SECOND } from "../../domain/time/instant.ts";
import { Unavailable, messageOf } from "../../engine/errors.ts";
import type { SupabaseSettings } from "./rpc.ts";

const TIMEOUT = 10 * SECOND;
const user = z.object({ id: z.guid(), aud: z.literal("authenticated").optional() });

/** The id of the user whom the JWT stands for; null: nobody, or no longer. Throws Unavailable. */
export async function userOf(jwt: string, { url, serviceRoleKey }: SupabaseSettings): Promise<string | null> {
  const answer = await ask(new URL("/auth/v1/user", url), { apikey: serviceRoleKey, authorization: `Bearer ${jwt}` });
  if (answer.status >= 500 || answer.status === 429) {
    throw new Unavailable("database", `Supabase could not say who is signed in (HTTP ${answer.status})`);
  }
  const found = answer.ok ? user.safeParse(await answer.json().catch(() => null)) : null;
  return found?.success === true ? found.data.id : null;
}

async function ask(address: URL, headers: Record<string, string>): Promise<Response> {
  try {
    // A redirect would take the service role key along.
    return await fetch(address, { headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
  } catch (error) {
    throw new Unavailable("database", `Supabase could not say who is signed in: ${messageOf(error)}`);
  }
}
