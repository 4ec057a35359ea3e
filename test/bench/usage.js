// Loaded into a measured process: at its end it says what it took, on file descriptor 3.
import { readFileSync, writeSync } from "node:fs";
import { constants, PerformanceObserver } from "node:perf_hooks";

// After a whole collection what is left is in use; all above it is room that V8 keeps for garbage.
let [live, heap] = [0, 0];
new PerformanceObserver((list) => {
  const { heapUsed, heapTotal } = process.memoryUsage();
  heap = Math.max(heap, heapTotal);
  if (list.getEntries().some(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR)) {
    live = Math.max(live, heapUsed);
  }
}).observe({ entryTypes: ["gc"] });

/** Bytes of the program and its libraries, which are mapped from files; 0 where the system does not say. */
function mapped() {
  try {
    return Number(/RssFile:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(
    3,
    JSON.stringify({ peak: maxRSS * 1024, live, heap, mapped: mapped(), cpu: (userCPUTime + systemCPUTime) / 1e6 }),
  );
});
