/** What a session keeps open for a server that runs for months. */
import { EventEmitter } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { following } from "../../src/cli/following.ts";
import { Session } from "../../src/cli/session.ts";
import { Folder } from "../support/cli.ts";

const user = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

test("a store for each of a project's users who ever came was kept for ever", async () => {
  using folder = new Folder();
  const env = { SUPABASE_URL: "http://127.0.0.1:9", SUPABASE_SERVICE_ROLE_KEY: "key" };
  const streams = { stdin: Readable.from([]), stdout: new PassThrough(), stderr: new PassThrough() };
  const signals = new EventEmitter();
  const io = {
    argv: [],
    env,
    cwd: () => folder.dir,
    ...streams,
    on: signals.on.bind(signals),
    off: signals.off.bind(signals),
  };
  await using session = new Session(io, {});
  const [often, once] = [session.storeOf(user(0)), session.storeOf(user(1))];
  for (let n = 2; n < 700; n++) {
    await session.storeOf(user(n));
    expect(session.storeOf(user(0))).toBe(often);
  }
  expect(session.storeOf(user(1))).not.toBe(once);

  // The settings are read again, and a store that is no longer at hand follows them all the same.
  writeFileSync(join(folder.dir, ".env"), "DEBUG=\n");
  await session.reload();
  expect(typeof (await once).findCall).toBe("function");
});

test("a connection is opened anew with the next call once its settings are others, and not before", () => {
  let settings = { name: "a" };
  const opened: string[] = [];
  const port = following(
    () => settings,
    ({ name }) => {
      opened.push(name);
      return { name: () => name };
    },
  );
  expect([port.name(), port.name()]).toEqual(["a", "a"]);
  settings = { name: "b" };
  expect(opened).toEqual(["a"]);
  expect([port.name(), port.name(), opened]).toEqual(["b", "b", ["a", "b"]]);
});
