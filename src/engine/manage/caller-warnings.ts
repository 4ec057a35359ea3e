/**
 * Caller IDs that most carriers refuse, or that no call will leave with. Nobody checks them: LiveKit passes on whatever it
 * is given. So they are warned of, and left to whoever knows better.
 */
import type { CampaignSettings } from "../../domain/calls/campaign.ts";
import { narrowed } from "../../domain/calls/caller-id.ts";
import type { CallerNumber } from "../ports/caller-numbers.ts";

/** Of the caller IDs that a campaign names, by what is assigned: LiveKit is not asked. Numbers are told by their place. */
export function callerWarnings(
  { assistantId, trunkId, callerIds }: Pick<CampaignSettings, "assistantId" | "trunkId" | "callerIds">,
  assigned: readonly CallerNumber[],
): readonly string[] {
  const isHere = (number: CallerNumber): boolean => trunkId === null || number.trunkId === trunkId;
  const own = assigned.filter((number) => number.assistantId === assistantId && isHere(number));
  const hasOwn = narrowed(own, callerIds).length > 0;
  return callerIds.flatMap((callerId, n) => {
    if (own.some(({ number }) => number === callerId)) return [];
    const named = `--from: number ${n + 1}`;
    if (hasOwn)
      return [
        `${named} is not assigned to this assistant${trunkId === null ? "" : " and trunk"}: no call leaves with it`,
      ];
    const elsewhere = assigned.find((number) => number.number === callerId && !isHere(number));
    if (elsewhere === undefined) return [];
    return [
      `${named} is assigned to trunk ${elsewhere.trunkId}, not to this campaign's: most carriers refuse the calls`,
    ];
  });
}
