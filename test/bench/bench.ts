/** `npm run bench`: what things cost, beside what they cost bare, on this machine, now. */
import { loadavg } from "node:os";
import { claimsUnderSuppression } from "./claims.ts";
import { contacts } from "./contacts.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);
say(`Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}\n`);
say(await contacts());
say(`\n${await claimsUnderSuppression()}`);
