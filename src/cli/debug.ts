/**
 * DEBUG=campaigns,outbound,livekit: what each part does, on stderr. Everything goes through one door, which takes phone
 * numbers and secrets out, so that no line of code has to remember to.
 */
import { format } from "node:util";
import debug from "debug";
import { redact } from "../domain/phones/redact.ts";
import type { Io } from "./io.ts";
import { terminalText } from "./lines.ts";

/**
 * campaigns: commands, errors, requests to Supabase that failed · outbound: what happens to calls, and requests to the
 * carrier · livekit: requests to LiveKit.
 */
export const PARTS = ["campaigns", "outbound", "livekit"] as const;

/** `names`: as in DEBUG. Returns the log of commands. Other packages' names are left out: theirs print headers, with the keys in them. */
export function startDebug(names: string, secrets: readonly string[], stderr: Io["stderr"]): debug.Debugger {
  const asked = names.split(/[\s,]+/);
  debug.enable(PARTS.filter((part) => asked.includes(part) || asked.includes("*")).join(","));
  debug.log = (...parts: unknown[]) =>
    void stderr.write(`${terminalText(clean(format(...parts), secrets).split("\n"))}\n`);
  return debug("campaigns");
}

/** Looks like a phone number, and like no date, id or instant. */
const NUMBER = /(?:\+|%2B)\d[\d ()-]{6,}\d|(?<![\w.:-])\d{9,15}(?![\w.:-])/g;
const TOKEN = /\beyJ[\w-]+\.[\w-]+\.[\w-]+|\b(Bearer|Basic) \S+/g;

/** The text without phone numbers, tokens and these secrets. */
export function clean(text: string, secrets: readonly string[]): string {
  let cleaned = text.replaceAll(TOKEN, "•••").replaceAll(NUMBER, (number) => redact(number));
  for (const secret of secrets) cleaned = cleaned.replaceAll(secret, "•••");
  return cleaned;
}
