/**
 * `npm run bench [-- PART…] [--full] [--json]`: what things cost, beside what they cost bare, on this machine, now. Parts:
 * startup, contacts, sealed, flat, claims, dials, pace, live, durations, dead-air, callbacks, supabase, serve, webhooks.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { callbacks } from "./callbacks.ts";
import { claimsUnderSuppression } from "./claims.ts";
import { contacts } from "./contacts.ts";
import { dials } from "./dials.ts";
import { deadAirGuard } from "./dead-air.ts";
import { durations } from "./durations.ts";
import { flat } from "./flat.ts";
import { live } from "./live.ts";
import { aimed, type Size, summary } from "./measure.ts";
import { pace } from "./pace.ts";
import { sealed } from "./sealed.ts";
import { serve } from "./serve.ts";
import { startup } from "./startup.ts";
import { supabase } from "./supabase.ts";
import { webhooks } from "./webhooks.ts";

const PARTS: Readonly<Record<string, (size: Size) => Promise<string>>> = {
  startup,
  contacts,
  sealed,
  flat,
  claims: claimsUnderSuppression,
  dials,
  pace,
  live,
  durations,
  "dead-air": deadAirGuard,
  callbacks,
  supabase,
  serve,
  webhooks,
};
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
});
const wanted = positionals.length > 0 ? positionals : Object.keys(PARTS);
const say = (text: string): void => void (values.json || process.stdout.write(`${text}\n`));
for (const name of wanted) {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`expected ${Object.keys(PARTS).join(", ")}, got "${name}"`);
  say(`Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}: ${name}\n`);
  say(`${await part(values.full ? "full" : "small")}\n`);
}
say(summary(aimed));
if (values.json) process.stdout.write(aimed.map((each) => `${JSON.stringify(each)}\n`).join(""));
