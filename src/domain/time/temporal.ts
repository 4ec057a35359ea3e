/** Temporal: the runtime's own where there is one (Node 26), else the polyfill's, which takes 10 ms to load. */
import type { Temporal as Polyfill } from "temporal-polyfill";

const own = (globalThis as { readonly Temporal?: typeof Polyfill }).Temporal;
export const Temporal = own ?? (await import("temporal-polyfill")).Temporal;
