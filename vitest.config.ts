import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const report = process.env["VITEST_REPORT"];

/**
 * Rooms whose files keep nothing but what can be kept: a process runs many of them, and loads the program once. On Supabase
 * the API takes in the tests of other files, which are to be loaded anew.
 */
const TOGETHER = ["test/{cli,domain,engine,sandbox}/**/*.test.ts", "test/http/!(supabase*).test.ts"];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of the longest wait for phones that ring: eight files of real runs take a quarter of two processors.
    maxWorkers: availableParallelism() + 2,
    // @supabase/lite prints every error that it answers with; the tests look at the answers.
    onConsoleLog: (log) => !log.startsWith("PostgresError"),
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      { extends: true, test: { name: "together", include: TOGETHER, isolate: false } },
      { extends: true, test: { name: "alone", include: ["test/**/*.test.ts"], exclude: TOGETHER } },
    ],
  },
});
