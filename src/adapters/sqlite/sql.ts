/** INSERT and UPDATE spelled from the columns of a values object, so that no column is listed twice. */
import type { Database, Values } from "./database.ts";

export function insert(db: Database, table: string, values: Values, onConflict: "fail" | "ignore" = "fail"): number {
  const columns = Object.keys(values);
  const how = onConflict === "ignore" ? "insert or ignore" : "insert";
  return db.run(
    `${how} into ${table} (${columns.join(", ")}) values (${columns.map((c) => `:${c}`).join(", ")})`,
    values,
  );
}

/** Sets every column of `values` but `id` in the row with that id. */
export function update(db: Database, table: string, values: Values): number {
  const columns = Object.keys(values).filter((column) => column !== "id");
  return db.run(`update ${table} set ${columns.map((c) => `${c} = :${c}`).join(", ")} where id = :id`, values);
}
