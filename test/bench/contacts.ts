/** A million contacts: imported, made a campaign of, started, put into a list, stopped; beside what the same rows cost bare. */
import { copyFileSync, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseAny } from "../../src/domain/phones/lookup.ts";
import { parsePhone } from "../../src/domain/phones/phone.ts";
import { aim, type Figure, here, node, other, table } from "./measure.ts";

const MILLION = 1_000_000;

/**
 * The number of the n-th contact, each once and in no order: every 14th one of +1 NXX 555 01XX, which is kept for fiction,
 * the others with area codes N9X, which are kept for longer numbers. Nobody has any of them.
 */
function numberOf(n: number): string {
  const [quotient, rest] = [Math.floor(n / 14), n % 14];
  if (rest === 0) {
    const area = quotient % 720;
    return `+1${2 + Math.floor(area / 90)}${Math.floor(area / 10) % 9}${area % 10}55501${pad(Math.floor(quotient / 720), 2)}`;
  }
  // 7,919 is a prime: it meets every number below ten million once before any of them again.
  const scattered = (n * 7_919) % 10_000_000;
  return `+1${2 + (scattered % 8)}9${Math.floor(scattered / 1_000_000)}2${pad(scattered % 1_000_000, 6)}`;
}
const pad = (n: number, length: number): string => String(n).padStart(length, "0");

export const writeContacts = (path: string, count: number): Promise<void> =>
  writeLines(path, "name,phone,email,city,account", count, (n) =>
    [`Contact ${n}`, numberOf(n), `contact${n}@example.com`, "Springfield", `00${100_000 + n}`].join(","),
  );

/** None of them is for fiction: some of those, with area code 900, are no numbers that anybody calls. */
const writeNumbers = (path: string, count: number): Promise<void> =>
  writeLines(path, "phone", count, (n) => numberOf(Math.floor(n / 13) * 14 + (n % 13) + 1));

async function writeLines(path: string, header: string, count: number, line: (n: number) => string): Promise<void> {
  const file = createWriteStream(path);
  file.write(`${header}\n`);
  for (let n = 0; n < count;) {
    let text = "";
    for (const end = Math.min(count, n + 1_000); n < end; n++) text += `${line(n)}\n`;
    if (!file.write(text)) await new Promise((resolve) => file.once("drain", resolve));
  }
  file.end();
  await finished(file);
}

export async function contacts(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-bench-"));
  try {
    const [small, big] = [join(dir, "small.csv"), join(dir, "big.csv")];
    await writeContacts(small, MILLION / 10);
    await writeContacts(big, MILLION);
    const env = { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir };
    const campaigns = (what: string, rows: number, ...argv: string[]): Promise<Figure> =>
      node(what, rows, [here("../../bin/campaigns.js"), ...argv], env);

    const bare = await node("csv-parse alone", MILLION, [here("./csv-parse.ts"), big]);
    const shell =
      (await other("sqlite3 .import", MILLION, "sqlite3", [
        join(dir, "bare.db"),
        ".mode csv",
        `.import ${big} contacts`,
      ])) ??
      (await node("node:sqlite inserts (no sqlite3 here)", MILLION, [here("./inserts.ts"), big, join(dir, "bare.db")]));
    const create = ["create", "--assistant", "a", "--name"];
    const tenth = await campaigns("create, 100,000 rows", MILLION / 10, ...create, "small", "--csv", small);
    const whole = await campaigns("create, 1,000,000 rows", MILLION, ...create, "big", "--csv", big);
    const copy = join(dir, "bare-start.db");
    copyFileSync(env.CAMPAIGNS_DB, copy);
    const select = await node("one insert … select, same indexes", MILLION, [here("./bare-start.ts"), copy]);
    rmSync(copy);
    const start = await campaigns("start", MILLION, "start", "big");
    const tables = join(dir, "bare-tables.db");
    await node("both tables bare", MILLION, [here("./bare-tables.ts"), env.CAMPAIGNS_DB, tables]);
    const read = statSync(big).size + statSync(small).size;
    const [times, least] = [statSync(env.CAMPAIGNS_DB).size / read, statSync(tables).size / read];
    rmSync(tables);
    const list = ["contacts", "import", big, "--list", "members"];
    const into = await campaigns("contacts import into a list", MILLION, ...list);
    const stop = await campaigns("stop", MILLION, "stop", "big");
    const again = await campaigns("the same file again", MILLION, ...list).catch((error: unknown) => error);
    const listed = join(dir, "numbers.csv");
    await writeNumbers(listed, MILLION);
    const forbidden = await campaigns("dnc import", MILLION, "dnc", "import", listed);
    const figures = [
      bare,
      shell,
      tenth,
      whole,
      select,
      start,
      stop,
      into,
      forbidden,
      ...(again instanceof Error ? [] : [again as Figure]),
    ];

    const peak = (whole.peak ?? 0) / 1e6;
    const growth = (whole.peak ?? 0) / (tenth.peak ?? 1);
    const rate = MILLION / whole.wall;
    return [
      table(figures, bare),
      "",
      aim(`import: ${Math.round(rate).toLocaleString("en")} rows/s`, "120,000 or more", rate >= 120_000) +
        ` (${Math.round(MILLION / whole.cpu).toLocaleString("en")} per second of processor)`,
      aim(`peak memory of 1,000,000 rows: ${peak.toFixed(0)} MB`, "below 200", peak < 200),
      aim(`  beside that of 100,000: × ${growth.toFixed(2)}`, "below 1.2", growth < 1.2),
      memoryOf(tenth),
      memoryOf(whole),
      aim(`start of 1,000,000 calls: ${start.wall.toFixed(1)} s`, "below 15", start.wall < 15),
      aim("  beside one insert … select", "at most 2 ×", start.wall <= 2 * select.wall, {
        value: `${start.wall.toFixed(1)} s`,
        baseline: `${select.wall.toFixed(1)} s`,
        ratio: start.wall / select.wall,
      }),
      aim(`  the file then: × ${times.toFixed(1)} of the CSV`, "below 3", times < 3),
      `  the same two tables without keys and indexes: × ${least.toFixed(1)}`,
      perNumber(),
    ].join("\n");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const mb = (bytes: number | undefined): string => ((bytes ?? 0) / 1e6).toFixed(0);

/** Where a peak lies: garbage that waits to be collected is none of what the rows need. */
function memoryOf({ what, peak, memory }: Figure): string {
  return `  ${what}: ${mb(peak ?? 0)} MB RSS; heap ${mb(memory?.heap)}, in use after a collection ${mb(memory?.live)}; mapped files ${mb(memory?.mapped)}`;
}

function perNumber(): string {
  const numbers = Array.from({ length: 100_000 }, (_, n) => numberOf(n));
  const cost = (parse: (text: string) => unknown): number => {
    const began = performance.now();
    for (const number of numbers) parse(number);
    return ((performance.now() - began) * 1000) / numbers.length;
  };
  const [asked, classed] = [cost(parseAny), cost(parsePhone)];
  return `  a number: ${classed.toFixed(2)} µs by its class, ${asked.toFixed(2)} µs by libphonenumber (× ${(classed / asked).toFixed(2)})`;
}
