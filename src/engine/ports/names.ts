/** Names of what there is, for completing a command line: read beside the store, in a moment, and without leaving a trace. */
export type Named = "campaigns" | "lists" | "trunks";

/** The newest first, or in the order of the alphabet; at most NAMES. */
export type Names = (of: Named) => Promise<readonly string[]>;

/** More than that nobody chooses among. */
export const NAMES = 1000;
