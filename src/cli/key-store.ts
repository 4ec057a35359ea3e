/** The store whose contact data is encrypted, decrypted or given another key: the SQLite file, or a Supabase project. */
import type { Keys, KeyStatus, Rekeying, Renewed } from "../adapters/encryption.ts";
import { uptime } from "../engine/ports/clock.ts";
import type { Session } from "./session.ts";

export interface KeyStore extends Disposable {
  /** Where the data is, in words. */
  readonly place: string;
  /** Who else reads it, and will not be able to. */
  readonly readers: string;
  readonly status: () => Promise<KeyStatus>;
  /** False: there is nothing to do. */
  readonly begin: (what: Rekeying, keys: Keys) => Promise<boolean>;
  readonly renew: () => AsyncIterable<Renewed>;
  /** What was there before is gone, as far as the store can see to that. False: somebody still reads it. */
  readonly forget: () => Promise<boolean>;
}

export async function keyStore({ config, clock }: Session, keys: Keys | null): Promise<KeyStore> {
  const supabase = config.dbNamed ? null : config.supabase();
  if (supabase !== null) {
    const { ProjectKeys } = await import("../adapters/supabase/rekeying.ts");
    const project = new ProjectKeys({ ...supabase, actor: config.actor }, clock, keys);
    return {
      place: "the Supabase project",
      readers: "a frontend, a report or psql",
      status: () => project.status(),
      begin: (what, first) => project.begin(what, first),
      renew: () => project.renewRows(),
      forget: () => Promise.resolve(true),
      [Symbol.dispose]: () => {},
    };
  }
  const { beginRekeying, keyStatus, openForKeys, renewRows } = await import("../adapters/sqlite/rekeying.ts");
  const db = openForKeys(config.db, keys, config.actor);
  return {
    place: config.db,
    readers: "sqlite3 or a report",
    status: () => Promise.resolve(keyStatus(db)),
    begin: (what, first) => Promise.resolve(beginRekeying(db, what, first, clock.now(), uptime())),
    renew: async function* () {
      yield* renewRows(db);
    },
    forget: () => db.forget(),
    [Symbol.dispose]: () => db.close(),
  };
}
