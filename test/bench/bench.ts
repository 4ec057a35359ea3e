/** `npm run bench [-- startup|contacts|flat|claims|dials|durations|dead-air|callbacks|supabase|serve|webhooks]`: what things cost, beside what they cost bare, on this machine, now. */
import { loadavg } from "node:os";
import { callbacks } from "./callbacks.ts";
import { claimsUnderSuppression } from "./claims.ts";
import { contacts } from "./contacts.ts";
import { dials } from "./dials.ts";
import { deadAirGuard } from "./dead-air.ts";
import { durations } from "./durations.ts";
import { flat } from "./flat.ts";
import { serve } from "./serve.ts";
import { startup } from "./startup.ts";
import { supabase } from "./supabase.ts";
import { webhooks } from "./webhooks.ts";

const PARTS: Readonly<Record<string, () => Promise<string>>> = {
  startup,
  contacts,
  flat,
  claims: claimsUnderSuppression,
  dials,
  durations,
  "dead-air": deadAirGuard,
  callbacks,
  supabase,
  serve,
  webhooks,
};
const named = process.argv.slice(2).filter((word) => word !== "--full");
const wanted = named.length > 0 ? named : Object.keys(PARTS);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
for (const name of wanted) {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`expected ${Object.keys(PARTS).join(", ")}, got "${name}"`);
  say(`Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}: ${name}\n`);
  say(`${await part()}\n`);
}
