/** Whose contact has which number: the round has a campaign of its own, and others have others. */
import { fictionalNumber } from "../support/cli.ts";

/** Numbers of the further campaigns, beyond those of the round's own. */
export const CAST = { clicked: [100, 101, 102], odd: [110, 111], doomed: [120, 121], added: [130, 131, 132] } as const;
export const DELETED = "doomed";
/** A frontend's campaign, seen to its end like the round's own. */
export const CLICKED = "clicked";

/** The round's own. */
export const STORM = "storm";

/** Whose contact has the number. */
export function campaignOf(number: string): string {
  const isOf = (cast: readonly number[]): boolean => cast.some((n) => fictionalNumber(n) === number);
  return isOf(CAST.clicked) ? CLICKED : isOf(CAST.odd) ? "odd" : isOf(CAST.doomed) ? DELETED : STORM;
}
