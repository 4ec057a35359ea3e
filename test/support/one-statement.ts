/**
 * lite tells PostgreSQL whose request it is in up to eleven statements, each a way there and back, which is most of what a
 * request costs; PostgREST does it in one. So does lite with this: all that it says, in one breath.
 */
interface Query {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

interface Executor {
  transformQuery(...args: unknown[]): unknown;
  compileQuery(...args: unknown[]): Query;
  executeQuery(query: Query): Promise<unknown>;
}

interface Transaction {
  getExecutor(): Executor;
}

type Telling = (transaction: Transaction, ...about: unknown[]) => Promise<void>;

const SETTING = /^SELECT (set_config\(.*\))$/;

const joined = (queries: readonly Query[]): Query | null => {
  const parameters: unknown[] = [];
  const settings: string[] = [];
  for (const query of queries) {
    const [, setting] = SETTING.exec(query.sql) ?? [];
    if (setting === undefined) return null;
    settings.push(setting.replaceAll(/\$(\d+)/g, (_, n: string) => `$${parameters.length + Number(n)}`));
    parameters.push(...query.parameters);
  }
  return settings.length < 2 ? null : { ...queries[0], sql: `SELECT ${settings.join(", ")}`, parameters };
};

/** The same method, but what it asks of the transaction is asked at once when it is done. */
const atOnce =
  (tell: Telling): Telling =>
  async (transaction, ...about) => {
    const real = transaction.getExecutor();
    const said: Query[] = [];
    const executor: Executor = {
      transformQuery: (...args) => real.transformQuery(...args),
      compileQuery: (...args) => real.compileQuery(...args),
      executeQuery: (query) => Promise.resolve(void said.push(query)),
    };
    await tell({ getExecutor: () => executor }, ...about);
    const one = joined(said);
    for (const query of one === null ? said : [one]) await real.executeQuery(query);
  };

export function tellAtOnce(connection: object): void {
  const telling = connection as Record<string, Telling>;
  for (const name of ["applyJwtSessionContext", "applyRpcRequestGucs"]) {
    const tell = telling[name];
    if (tell === undefined) throw new Error(`expected lite's connection to have ${name}`);
    telling[name] = atOnce(tell.bind(connection));
  }
}
