/** Amounts of money in millionths, never as fractions: sums of prices are exact. */

const MICROS = 1_000_000;
const PLACES = 6;

/** `50`, `0.0135` → millionths; null: it is no such amount, or finer than a millionth. */
export function parseMicros(text: string): number | null {
  const [found, whole = "", part = ""] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text.trim()) ?? [];
  return found === undefined ? null : Number(whole) * MICROS + Number(part.padEnd(PLACES, "0"));
}

/** With as many decimals as it has, `least` of them at any rate. */
export function formatMicros(micros: number, least = 0): string {
  const [sign, size] = [micros < 0 ? "-" : "", Math.abs(micros)];
  const part = String(size % MICROS).padStart(PLACES, "0");
  const decimals = part.replace(/0+$/, "").padEnd(least, "0");
  return `${sign}${Math.floor(size / MICROS)}${decimals === "" ? "" : `.${decimals}`}`;
}
