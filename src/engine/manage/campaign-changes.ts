/** The use-cases that change what a campaign is: its settings, whether it is there at all. */
import { isDeepStrictEqual } from "node:util";
import type { Campaign, CampaignSettings } from "../../domain/calls/campaign.ts";
import { type Guard, UNGUARDED } from "../../domain/calls/dead-air.ts";
import { Misused, nameTaken, Refused } from "../errors.ts";
import type { Clock, Store } from "../ports/index.ts";
import { inputOf } from "./campaign-input.ts";
import { type CampaignInput, parseSettings } from "./campaign-settings.ts";
import type { Campaigns } from "./campaigns.ts";

/** The campaign of that name, and what was wanted of it. */
export interface Ensured {
  readonly campaign: Campaign;
  readonly created: boolean;
  readonly wanted: CampaignSettings;
}

export class CampaignChanges {
  readonly #campaigns: Campaigns;
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(campaigns: Campaigns, store: Store, clock: Clock) {
    this.#campaigns = campaigns;
    this.#store = store;
    this.#clock = clock;
  }

  /** A campaign on a list, made unless there is one of that name. */
  async ensure(input: CampaignInput, list: string, machineZone: string): Promise<Ensured> {
    let found = await this.#campaigns.named(input.name);
    if (found === null) {
      try {
        const campaign = await this.#campaigns.create(input, { list }, machineZone);
        return { campaign, created: true, wanted: campaign };
      } catch (error) {
        // Somebody else was faster.
        if (error instanceof Refused && error.code === "name_taken") found = await this.#campaigns.named(input.name);
        if (found === null) throw error;
      }
    }
    const [known] = await this.#store.findContactLists(list);
    const source = { kind: "contact_list", id: known?.id ?? list } as const;
    return { campaign: found, created: false, wanted: parseSettings(input, source, machineZone) };
  }

  /** Says some of it anew; the rest, and its contacts, stay. Not while it is dialed, nor once it is over. */
  async change(ref: string, said: Partial<CampaignInput>): Promise<Campaign> {
    const campaign = await this.#campaigns.find(ref);
    const before = inputOf(campaign);
    const wanted = { ...before, ...said };
    if ("cps" in said) delete wanted.delay;
    const [was, is] = [before, wanted].map((input) => parseSettings(input, campaign.source, campaign.timeZone));
    if (was === undefined || is === undefined) throw new Misused("settings", "expected settings, got none");
    if (is.name !== campaign.name) await this.#refuseTaken(is.name);
    // Only what was said: a setting that cannot be spelled in words stays as it is stored.
    const changed = Object.entries(is).filter(([key, value]) => !isDeepStrictEqual(value, Reflect.get(was, key)));
    const gone = Object.keys(was).filter((key) => !(key in is));
    const settings = Object.fromEntries(
      [...Object.entries(campaign), ...changed].filter(([key]) => !gone.includes(key)),
    ) as unknown as Campaign;
    const guard = isDeepStrictEqual(was.guard, is.guard) ? campaign.guard : guardAfter(campaign.guard, is.guard);
    const stored = await this.#store.changeCampaign(
      campaign,
      { ...settings, ...(guard !== undefined && { guard }) },
      this.#clock.now(),
    );
    if (stored !== null) return stored;
    const { status, name } = await this.#campaigns.find(campaign.id);
    throw new Refused("forbidden_change", `cannot change "${name}": it is ${status}`, {
      hint: status === "running" ? "pause it first" : "create a new campaign",
    });
  }

  /** Only one that never dialed: records of dials are what protects the callee from the next one. */
  async remove(ref: string): Promise<Campaign> {
    const campaign = await this.#campaigns.find(ref);
    if (await this.#store.deleteCampaign(campaign.id)) return campaign;
    throw new Refused("has_records", `cannot delete "${campaign.name}": it has dialed, or it is running`, {
      hint: "stop it; its call records stay, since limits on dials per contact count them",
    });
  }

  async #refuseTaken(name: string): Promise<void> {
    if ((await this.#campaigns.named(name)) !== null) throw nameTaken(name);
  }
}

/** What it is held for stays until a resume accepts it. */
function guardAfter({ held, accepted }: Guard = UNGUARDED, said: Guard = UNGUARDED): Guard {
  const { early_hang_ups: _, ...others } = accepted;
  return { held, accepted: { ...others, ...said.accepted } };
}
