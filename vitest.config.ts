import { defineConfig } from "vitest/config";

const report = process.env["VITEST_REPORT"];

/** Files that keep nothing but what can be kept: a process runs many of them, and loads the program once. */
const TOGETHER = ["test/{domain,engine,sandbox}/**/*.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Its own choice leaves one processor idle; most of these tests wait for processes and clocks.
    maxWorkers: "100%",
    // @supabase/lite prints every error that it answers with; the tests look at the answers.
    onConsoleLog: (log) => !log.startsWith("PostgresError"),
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      { extends: true, test: { name: "together", include: TOGETHER, isolate: false } },
      { extends: true, test: { name: "alone", include: ["test/**/*.test.ts"], exclude: TOGETHER } },
    ],
  },
});
