/** A project that takes a request and never answers. */
import { afterEach, expect, test, vi } from "vitest";
import { openSupabaseStore } from "../../src/adapters/supabase/store.ts";
import { ManualClock } from "../../src/sandbox/index.ts";
import { NOON } from "../support/domain.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("a request without an answer held its runner for ever: it is given up after 30 s, four times, and said", async () => {
  const limits = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
    const over = new AbortController();
    setImmediate(() => over.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")));
    return over.signal;
  });
  vi.stubGlobal("fetch", (_: unknown, { signal }: { readonly signal?: AbortSignal }) => {
    const { promise, reject } = Promise.withResolvers<Response>();
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
    return promise;
  });
  const clock = new ManualClock(NOON);
  await using store = openSupabaseStore({ url: "http://127.0.0.1:9", serviceRoleKey: "sb_secret_0" }, clock);
  await expect(clock.finish(store.listCampaigns(), 60_000)).rejects.toMatchObject({ code: "database" });
  expect(limits.mock.calls.length).toBeGreaterThanOrEqual(4);
  expect(new Set(limits.mock.calls.flat())).toEqual(new Set([30_000]));
});
