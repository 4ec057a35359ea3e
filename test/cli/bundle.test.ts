/** The program in few files: it is what users run, and what makes a command begin soon. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Scratch } from "../support/cli.ts";

const BUNDLE = new URL("../../bundle/", import.meta.url);
const FILE = /new URL\("([^"]+)", import\.meta\.url\)/g;

test("finds the files that it reads beside the compiled ones", () => {
  const texts = readdirSync(BUNDLE).map((file) => readFileSync(new URL(file, BUNDLE), "utf8"));
  const read = texts.flatMap((text) => [...text.matchAll(FILE)].map(([, path = ""]) => path));
  expect(read).not.toEqual([]);
  expect(read.filter((path) => !existsSync(new URL(path, BUNDLE)))).toEqual([]);
});

/** Says at its end how many modules a process has loaded from files. */
const COUNTING = `
  import { registerHooks } from "node:module";
  let files = 0;
  registerHooks({ load: (url, context, next) => ((files += url.startsWith("file:") ? 1 : 0), next(url, context)) });
  process.on("exit", () => process.stderr.write("files: " + files));`;

test("loads few files: 8 for the version, 45 for a status", async () => {
  using scratch = new Scratch();
  await scratch.run("list");
  const counting = `--import=data:text/javascript,${encodeURIComponent(COUNTING)}`;
  const filesOf = async (...args: string[]): Promise<number> => {
    const { stderr } = await scratch.startWith({ NODE_OPTIONS: counting }, ...args).ended;
    return Number(/files: (\d+)/.exec(stderr)?.[1]);
  };
  expect(await filesOf("--version")).toBeLessThanOrEqual(8);
  expect(await filesOf("status")).toBeLessThanOrEqual(45);
});

/** Says at its end which modules of Node a process has loaded. */
const PARTS = `process.on("exit", () => process.stderr.write("parts: " + process.moduleLoadList.join()))`;

test("a status loads nothing of Node for ciphers, processes and threads", async () => {
  using scratch = new Scratch();
  await scratch.run("list");
  const telling = `--import=data:text/javascript,${encodeURIComponent(PARTS)}`;
  const { stderr } = await scratch.startWith({ NODE_OPTIONS: telling }, "status").ended;
  expect(stderr).toContain("NativeModule sqlite");
  for (const part of ["crypto", "child_process", "worker_threads"])
    expect(stderr).not.toContain(`NativeModule ${part},`);
});
