/** The tables under a store, written as somebody else would: beside the program, with whatever comes to mind. */
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import type { Outside } from "../contracts/strangers.ts";
import type { SupabaseProject } from "./supabase.ts";

const spelled = (value: unknown): string | number | null =>
  typeof value === "boolean"
    ? Number(value)
    : typeof value === "object" && value !== null
      ? JSON.stringify(value)
      : (value as string | number | null);

export function outsideSqlite(): Promise<Outside> {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-outside-"));
  const store = openSqliteStore(join(dir, "c.db"));
  const db = new DatabaseSync(join(dir, "c.db"));
  const update = (table: string, id: string, changes: object): void => {
    const columns = Object.keys(changes).map((column) => `${column} = ?`);
    db.prepare(`update ${table} set ${columns.join(", ")} where id = ?`).run(
      ...Object.values(changes).map(spelled),
      id,
    );
  };
  return Promise.resolve({
    store,
    insert: async (table, row) => {
      const columns = Object.keys(row);
      const places = columns.map(() => "?").join(", ");
      const values = Object.values(row).map(spelled);
      await Promise.try(() =>
        db.prepare(`insert into ${table} (${columns.join(", ")}) values (${places})`).run(...values),
      );
    },
    update: (table, id, changes, past) =>
      Promise.try(() => {
        if (past === undefined) return update(table, id, changes);
        const triggers = db.prepare("select name, sql from sqlite_schema where type = 'trigger'").all();
        for (const { name } of triggers) db.exec(`drop trigger ${String(name)}`);
        update(table, id, changes);
        for (const { sql } of triggers) db.exec(String(sql));
      }),
    remove: (table, id) => Promise.try(() => void db.prepare(`delete from ${table} where id = ?`).run(id)),
    [Symbol.asyncDispose]: async () => {
      db.close();
      await store[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true });
    },
  });
}

export async function outsideSupabase(project: SupabaseProject): Promise<Outside> {
  const store = await project.emptied();
  const { sql } = project;
  const update = async (table: string, id: string, changes: object): Promise<void> => {
    const columns = Object.keys(changes).join(", ");
    await sql.unsafe(
      `update ${table} set (${columns}) = (select ${columns} from jsonb_populate_record(null::${table}, $1)) where id = $2`,
      [changes as never, id],
    );
  };
  return {
    store,
    insert: async (table, row) => {
      const columns = Object.keys(row).join(", ");
      await sql.unsafe(
        `insert into ${table} (${columns}) select ${columns} from jsonb_populate_record(null::${table}, $1)`,
        [row as never],
      );
    },
    update: async (table, id, changes, past) => {
      if (past !== undefined) await sql.unsafe(`alter table ${table} disable trigger user`);
      try {
        await update(table, id, changes);
      } finally {
        await sql.unsafe(`alter table ${table} enable trigger user`);
      }
    },
    remove: async (table, id) => void (await sql.unsafe(`delete from ${table} where id = $1`, [id])),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
