import { defineConfig } from "vitest/config";

const report = process.env["VITEST_REPORT"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Its own choice leaves one processor idle; most of these tests wait for processes and clocks.
    maxWorkers: "100%",
    // @supabase/lite prints every error that it answers with; the tests look at the answers.
    onConsoleLog: (log) => !log.startsWith("PostgresError"),
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
