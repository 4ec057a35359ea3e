/** What `restore` left beside the SQLite file; a project has none. */
import type { Copy } from "../adapters/sqlite/copies.ts";
import type { Config } from "./config.ts";

export async function copiesOf({ usesFile, db }: Config): Promise<readonly Copy[]> {
  if (!usesFile) return [];
  const { copiesBeside } = await import("../adapters/sqlite/copies.ts");
  return copiesBeside(db);
}
