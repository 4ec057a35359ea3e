/** SQL as a signed-in user would run it, were there a way: with a login of its own, which is a member of no other role. */
import postgres, { type Sql } from "postgres";
import type { Postgres } from "./postgres.ts";

export type Role = "authenticated" | "anon";

export class SignedIn implements AsyncDisposable {
  readonly #sql: Sql;

  private constructor(sql: Sql) {
    this.#sql = sql;
  }

  static async start(cluster: Postgres, database: string): Promise<SignedIn> {
    const admin = cluster.connect(database);
    await admin.unsafe(`do $$ begin
      if to_regrole('somebody') is null then create role somebody login noinherit; end if;
      grant anon, authenticated to somebody; end $$`);
    await admin.end();
    return new SignedIn(postgres({ ...cluster.options(database), username: "somebody", max: 1 }));
  }

  /** The rows of the last statement, or the error's code and message. Nothing of it stays with `undo`. */
  async run(
    role: Role,
    user: string | null,
    statement: string,
    undo = false,
  ): Promise<{
    readonly rows?: readonly Record<string, unknown>[];
    readonly count?: number;
    readonly code?: string;
    readonly message?: string;
  }> {
    try {
      return await this.#sql.begin(async (sql) => {
        const claims = JSON.stringify({ role, ...(user === null ? {} : { sub: user }) });
        await sql`select set_config('request.jwt.claims', ${claims}, true)`;
        await sql.unsafe(`set local role ${role}`);
        const answers = (await sql.unsafe(statement)) as unknown as { count: number }[] & { count: number };
        const last = (Array.isArray(answers[0]) ? answers.at(-1) : answers) as Record<string, unknown>[] & {
          count: number;
        };
        if (undo) throw new Undone({ rows: [...last], count: last.count });
        return { rows: [...last], count: last.count };
      });
    } catch (error) {
      if (error instanceof Undone) return error.answer;
      if (error instanceof postgres.PostgresError) return { code: error.code, message: error.message };
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end();
  }
}

class Undone extends Error {
  readonly answer: { rows: Record<string, unknown>[]; count: number };
  constructor(answer: Undone["answer"]) {
    super("undone");
    this.answer = answer;
  }
}
