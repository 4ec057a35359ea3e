/** campaigns keys new, status, encrypt, decrypt, rotate */
import { resolve } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import type { Renewed, Rekeying } from "../../adapters/encryption.ts";
import { Misused } from "../../engine/errors.ts";
import type { Cli } from "../cli.ts";
import { agreed } from "../confirm.ts";
import type { Keys } from "../encryption-keys.ts";
import { type KeyStore, keyStore } from "../key-store.ts";
import { count } from "../render/contacts.ts";
import { copiesText, NOT_ENCRYPTED, plainOf } from "../render/copies.ts";
import { keyStatusText } from "../render/keys.ts";
import type { Session } from "../session.ts";
import { listenForSignals } from "../signals.ts";

const WHAT = `
Numbers, names, e-mail addresses, companies, variables, notes, prompts and kept answers of the API are encrypted; places,
hours, statuses and counts are not. The commands that change the encryption may be broken off at any row: run them again.
Until they are done nobody is called, and dnc add works.`;

export function keysCommand(cli: Cli): void {
  const keys = cli.group("keys", "encryption of contact data");

  cli
    .command(
      "new <file>",
      "make a key in a new file, which only you can read",
      "campaigns keys new ~/.config/campaigns.key",
      keys,
    )
    .action(
      cli.action(async ({ io, config, out }, file: string) => {
        const { makeKeyFile } = await import("../encryption-keys.ts");
        const path = resolve(io.cwd(), file);
        const { id } = makeKeyFile(path, config.db);
        out.result({ key: id, file: path }, () => [
          `made key ${id} in ${file}`,
          "keep a copy of it, and not where the backups are: without it nobody can read what it has encrypted",
          `use it with CAMPAIGNS_ENCRYPTION_KEY_FILE=${path}, then campaigns keys encrypt`,
        ]);
      }),
    );

  cli
    .command(
      "status",
      "say whether contact data is encrypted, with which key, and what is left to do",
      "campaigns keys status",
      keys,
    )
    .action(
      cli.action(async (session) => {
        const set = await session.keys();
        using store = await keyStore(session, set);
        const { encryption, numbers } = await store.status();
        const { state = "plain", key_id: key = null, old_id: old = null } = encryption ?? {};
        const ids = set?.map(({ id }) => id) ?? [];
        const copies = await session.copies();
        session.out.result({ state, key, old_key: old, keys_set: ids, numbers, copies }, () => [
          ...keyStatusText({ state, key, old, set: ids, numbers }),
          ...(state === "plain" ? [] : copiesText(plainOf(copies), NOT_ENCRYPTED)),
        ]);
      }),
    );

  cli
    .command("encrypt", "encrypt contact data with the key that is set", "campaigns keys encrypt", keys)
    .option("--yes", "do not ask")
    .addHelpText("after", WHAT)
    .action(
      cli.action(async (session, { yes }: { yes?: boolean }) => {
        const set = await someKeys(session);
        using store = await keyStore(session, set);
        const question = [
          `Contact data in ${store.place} will be encrypted with key ${set[0].id}.`,
          `Whatever else reads it, such as ${store.readers}, cannot read numbers and names then, nor add contacts.`,
          ...copiesText(plainOf(await session.copies()), STAYING.encrypt),
          "Backups made before stay as they are. Without the key nobody can read the data: have a copy of it elsewhere.",
        ];
        await agreed(session.io, yes === true, question, { no: "nothing was encrypted" });
        return await renew(session, store, "encrypt", set);
      }),
    );

  cli
    .command("decrypt", "write contact data plainly again", "campaigns keys decrypt", keys)
    .option("--yes", "do not ask")
    .addHelpText("after", WHAT)
    .action(
      cli.action(async (session, { yes }: { yes?: boolean }) => {
        const set = await someKeys(session);
        using store = await keyStore(session, set);
        const question = [`Numbers and names will stand in ${store.place} for whoever can read it.`];
        await agreed(session.io, yes === true, question, { no: "nothing was decrypted" });
        return await renew(session, store, "decrypt", set);
      }),
    );

  cli
    .command("rotate", "encrypt contact data with a new key", "campaigns keys rotate", keys)
    .addHelpText(
      "after",
      `${WHAT}
The new key is put before the old one in the key file. The old one stays: backups made before need it.`,
    )
    .action(
      cli.action(async (session) => {
        const set = await someKeys(session);
        const { file } = session.config.encryption;
        using store = await keyStore(session, set);
        const { encryption } = await store.status();
        const isNewest = encryption?.state === "sealed" && encryption.key_id === set[0].id;
        if (!isNewest) return await renew(session, store, "rotate", set);
        if (file === undefined) {
          throw new Misused("encryption_key", "expected the new key before the old one in CAMPAIGNS_ENCRYPTION_KEY", {
            hint: "separate them by a comma; with CAMPAIGNS_ENCRYPTION_KEY_FILE a new one is made",
          });
        }
        const { addKey } = await import("../encryption-keys.ts");
        addKey(file, session.config.db);
        const both = await someKeys(session);
        using renewed = await keyStore(session, both);
        return await renew(session, renewed, "rotate", both);
      }),
    );
}

async function someKeys(session: Session): Promise<Keys> {
  const keys = await session.keys();
  if (keys !== null) return keys;
  throw new Misused("encryption_key", "expected a key, but none is set", {
    hint: "campaigns keys new FILE makes one; then set CAMPAIGNS_ENCRYPTION_KEY_FILE",
  });
}

const DONE: Readonly<Record<Rekeying, string>> = {
  encrypt: "encrypted contact data",
  decrypt: "decrypted contact data",
  rotate: "encrypted contact data with the new key",
};

/** Of the copies that `restore` left. */
const STAYING = {
  encrypt: NOT_ENCRYPTED,
  rotate: "restore left copies beside the database, which the new key does not seal:",
};

/** What stays when `decrypt` is done, nobody can read. */
const readText = (isRead: boolean, what: Rekeying): readonly string[] =>
  isRead && what !== "decrypt"
    ? [
        "another program is reading the database, and what was there before stays in its file: when it has ended, run campaigns keys encrypt",
      ]
    : [];

async function renew(session: Session, store: KeyStore, what: Rekeying, keys: Keys): Promise<number> {
  const { io, out } = session;
  using signals = listenForSignals(io);
  const copies = await session.copies();
  const staying = what === "decrypt" ? [] : copiesText(what === "encrypt" ? plainOf(copies) : copies, STAYING[what]);
  if (!(await store.begin(what, keys))) {
    // What was there before may be in the file still, since somebody read it then.
    const isRead = !(await store.forget());
    out.result({ rows: 0, unopened: 0, copies, still_read: isRead }, () => [
      "nothing is left to do",
      ...readText(isRead, what),
      ...staying,
    ]);
    return 0;
  }
  let done: Renewed = { rows: 0, unopened: 0 };
  for await (done of store.renew()) {
    if (signals.drain.aborted) {
      out.note(`broken off after ${count(done.rows, "row")}: campaigns keys ${what} goes on with it`);
      return signals.exitCode() ?? 1;
    }
    await breathe();
  }
  const isRead = !(await store.forget());
  out.result({ ...done, copies, still_read: isRead }, () => [
    `${DONE[what]}: went through ${count(done.rows, "row")}`,
    ...(done.unopened === 0
      ? []
      : [`${count(done.unopened, "row")} did not open, since something changed them, and stay as they are`]),
    ...readText(isRead, what),
    ...staying,
  ]);
  return 0;
}
