/** What encryption adds to an import: the same file into a store that is sealed, beside one that is not, in turn. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";
import { writeContacts } from "./contacts.ts";
import { aim, type Figure, here, median, node, type Size } from "./measure.ts";

const ROWS: Readonly<Record<Size, Readonly<Record<"sqlite" | "supabase", number>>>> = {
  small: { sqlite: 50_000, supabase: 10_000 },
  full: { sqlite: 200_000, supabase: 50_000 },
};
const ROUNDS = 5;

type Env = Readonly<Record<string, string>>;

export async function sealed(size: Size): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-bench-"));
  try {
    const [home, keys] = [join(dir, "home"), join(dir, "keys")];
    for (const each of [home, keys]) mkdirSync(each);
    const key = join(keys, "key");
    await run({ HOME: home }, "keys", "new", key);
    const { sqlite, supabase } = ROWS[size];
    const file = (name: string): Env => ({ HOME: home, CAMPAIGNS_DB: join(home, `${name}.db`) });

    const onFile = await compared("SQLite", sqlite, dir, key, file("plain"), file("sealed"));

    await using postgres = await Postgres.start();
    await using open = await SupabaseProject.start(postgres, "open");
    await using shut = await SupabaseProject.start(postgres, "shut");
    const project = ({ url, serviceRoleKey }: SupabaseProject): Env => ({
      HOME: home,
      SUPABASE_URL: url,
      SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
    });
    return [onFile, await compared("Supabase", supabase, dir, key, project(open), project(shut))].join("\n");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function compared(
  store: string,
  rows: number,
  dir: string,
  key: string,
  plain: Env,
  other: Env,
): Promise<string> {
  const keyed = { ...other, CAMPAIGNS_ENCRYPTION_KEY_FILE: key };
  const [one, csv] = [join(dir, `${store}-one.csv`), join(dir, `${store}.csv`)];
  await writeContacts(one, 1);
  await writeContacts(csv, rows);
  await run(other, "create", "--assistant", "a", "--name", "one", "--csv", one);
  await run(keyed, "keys", "encrypt", "--yes");
  const [bare, own]: [Figure[], Figure[]] = [[], []];
  for (let n = 0; n < ROUNDS; n++) {
    const create = ["create", "--assistant", "a", "--name", `c${n}`, "--csv", csv];
    bare.push(await run(plain, ...create));
    own.push(await run(keyed, ...create));
  }
  const cost = (of: "wall" | "cpu") => {
    const [sealed, open] = [own, bare].map((figures) => median(figures.map((figure) => figure[of])));
    return { own: sealed ?? NaN, bare: open ?? NaN, ratio: (sealed ?? NaN) / (open ?? NaN) };
  };
  const [wall, cpu] = [cost("wall"), cost("cpu")];
  const verdict = aim(
    `import of ${rows.toLocaleString("en")} rows, encrypted, ${store}`,
    "at most × 1.5",
    wall.ratio <= 1.5,
    {
      value: `${wall.own.toFixed(2)} s`,
      baseline: `not encrypted ${wall.bare.toFixed(2)} s`,
      ratio: wall.ratio,
    },
  );
  return `${verdict}\n  of processor: ${cpu.own.toFixed(2)} s, ${cpu.bare.toFixed(2)} s (× ${cpu.ratio.toFixed(2)})`;
}

const run = (env: Env, ...argv: string[]): Promise<Figure> =>
  node(argv[0] ?? "", 0, [here("../../bin/campaigns.js"), ...argv], env);
