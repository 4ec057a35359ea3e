/** The use-case behind `apply`: a campaign that is to be as it is written down. Made, changed, or found to be so already. */
import { isDeepStrictEqual } from "node:util";
import type { Campaign, CampaignSettings } from "../../domain/calls/campaign.ts";
import { Misused, Refused } from "../errors.ts";
import type { Clock, JoinedFile, Store } from "../ports/index.ts";
import type { CampaignChanges } from "./campaign-changes.ts";
import { inputOf } from "./campaign-input.ts";
import { type CampaignInput, parseSettings } from "./campaign-settings.ts";
import type { Campaigns } from "./campaigns.ts";
import { type ContactFeed, drop, noContacts, stage } from "./contacts.ts";
import { withPlaceholders } from "./placeholders.ts";

/** Whom it calls, as it is written down. */
export type WrittenContacts =
  | { readonly list: string; readonly notes?: string[] }
  /** Reads the file from its beginning, each time. */
  | { readonly file: string; readonly read: <T>(act: (feed: ContactFeed) => Promise<T>) => Promise<T> };

/** Settings in which it differs: `[as it is, as it is written]`, each as an operator writes it. */
export type Differences = Readonly<Partial<Record<keyof CampaignInput | "contacts", readonly [unknown, unknown]>>>;

export interface Applied {
  readonly did: "created" | "changed" | "unchanged";
  /** As it is now; null: it would be created. */
  readonly campaign: Campaign | null;
  readonly differs: Differences;
  /** Null: nothing was written of them, they are a list's, or all of them are new. */
  readonly contacts: JoinedFile | null;
}

export class CampaignApply {
  readonly #campaigns: Campaigns;
  readonly #changes: CampaignChanges;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(campaigns: Campaigns, changes: CampaignChanges, store: Store, clock: Clock, newId: () => string) {
    this.#campaigns = campaigns;
    this.#changes = changes;
    this.#store = store;
    this.#clock = clock;
    this.#newId = newId;
  }

  /**
   * Contacts that are new are added, none is taken away. `dry`: says what would be done. Throws Refused, with what differs,
   * when the campaign is not to be changed so.
   */
  async apply(input: CampaignInput, contacts: WrittenContacts | null, zone: string, dry: boolean): Promise<Applied> {
    const name = input.name.trim();
    const found = await this.#campaigns.named(name);
    if (found !== null) return this.#adapt(found, input, contacts, dry);
    try {
      return await this.#create(input, contacts, zone, dry);
    } catch (error) {
      // Somebody else was quicker.
      const there = error instanceof Refused && error.code === "name_taken" ? await this.#campaigns.named(name) : null;
      if (there === null) throw error;
      return this.#adapt(there, input, contacts, dry);
    }
  }

  async #create(input: CampaignInput, contacts: WrittenContacts | null, zone: string, dry: boolean): Promise<Applied> {
    if (contacts === null) {
      throw new Misused(
        "contacts",
        `contacts: expected a file or a list, since there is no campaign "${input.name}" yet`,
        {
          hint: "say contacts: { csv: contacts.csv }",
        },
      );
    }
    const created = { did: "created", differs: {}, contacts: null } as const;
    if (!dry) {
      const campaign =
        "list" in contacts
          ? await this.#campaigns.create(input, contacts, zone)
          : await contacts.read((feed) => this.#campaigns.create(input, feed, zone));
      return { ...created, campaign };
    }
    parseSettings(input, NOWHERE, zone);
    if ("read" in contacts) await this.#staged(contacts, input, true, async () => null);
    return { ...created, campaign: null };
  }

  async #adapt(
    found: Campaign,
    input: CampaignInput,
    contacts: WrittenContacts | null,
    dry: boolean,
  ): Promise<Applied> {
    const said = saidOf(input, found);
    const settings = differences(found, parseSettings({ ...inputOf(found), ...said }, found.source, found.timeZone));
    const differs = { ...settings, ...(await this.#otherSource(found, contacts)) };
    const isOver = found.status === "completed";
    if (Object.keys(differs).length > 0 && (isOver || found.status === "running" || differs.contacts !== undefined)) {
      throw refused(found, differs);
    }
    const change = (): Promise<Campaign> =>
      Object.keys(settings).length === 0 ? Promise.resolve(found) : this.#changes.change(found.id, said);
    if (contacts === null || "list" in contacts) {
      const campaign = dry ? found : await change();
      return { did: didOf(differs, null), campaign, differs, contacts: null };
    }
    return this.#staged(contacts, input, dry, async (file, at) => {
      const joined = await this.#join(found, file, true);
      const did = didOf(differs, joined);
      if (isOver && did === "changed") throw refused(found, differs, joined);
      if (dry || did === "unchanged") return { did, campaign: found, differs, contacts: joined };
      const campaign = await change();
      return { did, campaign, differs, contacts: await this.#join(found, file, false, at) };
    });
  }

  async #join(found: Campaign, file: string, dry: boolean, at = this.#clock.now()): Promise<JoinedFile> {
    const joined = await this.#store.joinContactFile(file, found.id, at, dry);
    if (joined !== null) return joined;
    const campaign = await this.#campaigns.find(found.id);
    throw campaign.status === "completed"
      ? refused(campaign, {})
      : new Refused(
          "shared_file",
          `cannot add contacts to "${found.name}": another campaign calls from the same file`,
          {
            hint: "create a new campaign for them",
          },
        );
  }

  /** Lets `act` have the file in the store; nothing of it stays behind. */
  #staged<T>(
    contacts: Extract<WrittenContacts, { file: string }>,
    { prompt }: CampaignInput,
    dry: boolean,
    act: (file: string, at: number) => Promise<T>,
  ): Promise<T> {
    return contacts.read(async (feed) => {
      const [file, at] = [this.#newId(), this.#clock.now()];
      const checked = withPlaceholders(feed, prompt ?? null);
      const counts = await stage(this.#store, file, dry ? { ...checked, forbidden: [] } : checked, at);
      try {
        if (counts.callable === 0) throw noContacts(feed);
        return await act(file, at);
      } finally {
        await drop(this.#store, file);
      }
    });
  }

  async #otherSource({ source }: Campaign, contacts: WrittenContacts | null): Promise<Differences> {
    if (contacts === null) return {};
    const [own] = source.kind === "contact_list" ? await this.#store.findContactLists(source.id) : [];
    const is = source.kind === "csv_file" ? "a file of its own" : `list ${own?.name ?? source.id}`;
    if ("read" in contacts) return source.kind === "csv_file" ? {} : { contacts: [is, `file ${contacts.file}`] };
    const [list] = await this.#store.findContactLists(contacts.list);
    return source.kind === "contact_list" && list?.id === source.id ? {} : { contacts: [is, `list ${contacts.list}`] };
  }
}

const NOWHERE = { kind: "csv_file", id: "" } as const;

/**
 * Everything that can be said, since what is left out is to be as the program does it: but the time zone of whoever made
 * it, and what an operator has accepted as usual since.
 */
function saidOf(input: CampaignInput, found: Campaign): Partial<CampaignInput> {
  const all = Object.keys(inputOf(found)).map((key) => [key, undefined] as const);
  const { cps, usualHangUps, timezone = found.timeZone, ...said } = input;
  const kept = usualHangUps === undefined ? inputOf(found).usualHangUps : usualHangUps;
  return {
    ...(Object.fromEntries(all) as Partial<CampaignInput>),
    ...said,
    timezone,
    usualHangUps: kept,
    ...(cps !== undefined && { cps }),
  };
}

/** Both as an operator would write them, where that is not the same. */
function differences(is: CampaignSettings, wanted: CampaignSettings): Differences {
  const [one, other] = [is, wanted].map((each) => {
    const input = inputOf(parseSettings(inputOf(each), each.source, each.timeZone));
    const { rulesTable } = input;
    return { ...input, ...(rulesTable !== undefined && { rulesTable: JSON.stringify(JSON.parse(rulesTable)) }) };
  });
  const keys = Object.keys(one ?? {}) as (keyof CampaignInput)[];
  return Object.fromEntries(
    keys.filter((key) => !isDeepStrictEqual(one?.[key], other?.[key])).map((key) => [key, [one?.[key], other?.[key]]]),
  );
}

const didOf = (differs: Differences, joined: JoinedFile | null): "changed" | "unchanged" =>
  Object.keys(differs).length > 0 || (joined?.added ?? 0) + (joined?.marked ?? 0) > 0 ? "changed" : "unchanged";

function refused({ name, status }: Campaign, differs: Differences, joined: JoinedFile | null = null): Refused {
  const isSource = differs.contacts !== undefined && status !== "running" && status !== "completed";
  const lines = Object.entries(differs).map(([key, [is, wanted]]) => differenceText(key, is, wanted));
  const added = joined === null || joined.added === 0 ? [] : [`  contacts: ${joined.added} new`];
  const why = isSource ? "whom it calls was decided when it was created" : `it is ${status}`;
  return new Refused("refused_change", [`cannot change "${name}": ${why}`, ...lines, ...added], {
    hint:
      status === "running"
        ? `pause it, apply again, and resume it`
        : "give the file another name, and it is a new campaign",
  });
}

const spelled = (value: unknown): string => {
  const text = value === undefined ? "default" : typeof value === "string" ? value : JSON.stringify(value);
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
};

/** `  daily_cap: 100 → 200` */
export function differenceText(key: string, is: unknown, wanted: unknown): string {
  return `  ${key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}: ${spelled(is)} → ${spelled(wanted)}`;
}
