/** Baseline: the rows of a CSV file, read with csv-parse and counted. */
import { createReadStream } from "node:fs";
import { Parser } from "csv-parse";

let rows = 0;
const parser = new Parser({ on_record: () => void rows++ });
for await (const chunk of createReadStream(process.argv[2] ?? "")) {
  await new Promise((resolve) => parser.write(chunk, resolve));
}
await new Promise<void>((resolve) => parser.end(resolve));
process.stdout.write(`${rows}\n`);
