/** What a Supabase key says of itself, so that the wrong one is called by its name. Nothing here checks a signature. */
import { z } from "zod";

const claims = z.object({ role: z.string().optional(), ref: z.string().optional() });

export interface KeyProblem {
  readonly is: string;
  readonly todo: string;
}

const SERVICE = "Supabase shows the service role (secret) key under Project Settings, API Keys";

/** Why this key cannot be the service role's of that project; null: it does not show. */
export function keyProblem(key: string, url: string): KeyProblem | null {
  if (key.startsWith("sb_publishable_")) return { is: "it is the publishable key, not the secret one", todo: SERVICE };
  const said = claimsOf(key);
  if (said === null) return null;
  const [project] = new URL(url).hostname.split(".");
  // A project of one's own has another address, and no ref in its keys.
  if (said.ref !== undefined && url.includes(".supabase.") && said.ref !== project) {
    return {
      is: "it is another project's key",
      todo: "take SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY from the same project",
    };
  }
  if (said.role !== undefined && said.role !== "service_role") {
    return { is: `it is the ${said.role} key, not the service role's`, todo: SERVICE };
  }
  return null;
}

/** The middle part of a JSON web token; null: the key is none. */
function claimsOf(key: string): z.infer<typeof claims> | null {
  try {
    const text = Buffer.from(key.split(".")[1] ?? "", "base64url").toString();
    return claims.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
