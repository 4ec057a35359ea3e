/** A project's front in a process of its own, for as long as standard input is open; prints its address. */
import { type Keys, startFront } from "../support/supabase.ts";

const { options, database, keys, away } = JSON.parse(process.argv[2] ?? "") as {
  options: Parameters<typeof startFront>[0];
  database: string;
  keys: Keys;
  away: number;
};
const front = await startFront({ ...options, onnotice: () => {} }, database, keys, { away });
process.stdout.write(`${front.url}\n`);
process.stdin.resume().on("end", () => void front.close().then(() => process.exit()));
