/** The use-cases around trunks and caller IDs: LiveKit's trunks on one side, our own numbers and limits on the other. */
import { isVisible } from "../../domain/text/visible.ts";
import { parseHeaders } from "../../domain/calls/sip-headers.ts";
import { unlisted } from "../../domain/calls/caller-id.ts";
import { intervalOf } from "../../domain/calls/pace.ts";
import { Misused, Refused } from "../errors.ts";
import { type CallerNumber, defaultLimit, type TrunkLimit } from "../ports/caller-numbers.ts";
import type { Clock, Store } from "../ports/index.ts";
import {
  type OutboundTrunk,
  type Transport,
  type TrunkAdmin,
  type TrunkCredentials,
  TRANSPORTS,
} from "../ports/trunk-admin.ts";

/** A trunk, who calls through it, and how fast. */
export interface TrunkReport {
  readonly trunk: OutboundTrunk;
  /** Our numbers that are assigned to it. */
  readonly assigned: readonly CallerNumber[];
  /** What was said of it, else what its carrier is known to allow. */
  readonly limit: TrunkLimit;
}

export interface AssistantReport {
  readonly assistantId: string;
  readonly numbers: readonly CallerNumber[];
  readonly trunks: readonly TrunkReport[];
  /** Trunks its numbers are assigned to, but LiveKit no longer has. */
  readonly missing: readonly string[];
}

/** As written on the command line. */
export interface TrunkInput {
  readonly name: string;
  readonly address: string;
  /** E.164. */
  readonly numbers: readonly string[];
  /** Default auto. */
  readonly transport?: string | undefined;
  readonly country?: string | undefined;
  readonly credentials: TrunkCredentials | null;
  /** Each `NAME=VALUE`. */
  readonly header?: readonly string[] | undefined;
}

export interface AssignInput {
  /** E.164. */
  readonly number: string;
  readonly assistant: string;
  /** Id or name of a trunk. */
  readonly trunk: string;
  readonly label?: string | undefined;
  /** Dials per second with this number. */
  readonly cps?: string | undefined;
  /** The trunk may carry other owners' numbers too. */
  readonly shared?: boolean | undefined;
}

export class OutboundTrunks {
  readonly #store: Store;
  readonly #admin: TrunkAdmin;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(store: Store, admin: TrunkAdmin, clock: Clock, newId: () => string) {
    this.#store = store;
    this.#admin = admin;
    this.#clock = clock;
    this.#newId = newId;
  }

  async list(): Promise<readonly TrunkReport[]> {
    const [trunks, numbers, limits] = await Promise.all([
      this.#admin.list(),
      this.#store.listNumbers(),
      this.#store.trunkLimits(),
    ]);
    return trunks.map((trunk) => ({
      trunk,
      assigned: numbers.filter(({ trunkId }) => trunkId === trunk.id),
      limit: limits.find(({ trunkId }) => trunkId === trunk.id) ?? defaultLimit(trunk),
    }));
  }

  /** Of all trunks those with numbers of this store's owner, and of their numbers those. */
  async listOwn(): Promise<readonly TrunkReport[]> {
    const own = (await this.list()).filter(({ assigned }) => assigned.length > 0);
    return own.map((report) => ({
      ...report,
      trunk: { ...report.trunk, numbers: report.assigned.map(({ number }) => number) },
    }));
  }

  /** The trunks and caller IDs of an assistant. */
  async show(assistantId: string): Promise<AssistantReport> {
    const numbers = await this.#store.listNumbers(assistantId);
    if (numbers.length === 0) {
      throw new Refused("no_number", "expected an assistant with numbers to call with, but this one has none", {
        hint: "campaigns trunks assign NUMBER --assistant ID --trunk ID gives it one",
      });
    }
    const used = new Set(numbers.map(({ trunkId }) => trunkId ?? ""));
    const trunks = (await this.list()).filter(({ trunk }) => used.has(trunk.id));
    const missing = [...used].filter((id) => !trunks.some(({ trunk }) => trunk.id === id));
    return { assistantId, numbers, trunks, missing };
  }

  async create(input: TrunkInput): Promise<TrunkReport> {
    const wanted = parseTrunk(input);
    const taken = (await this.#admin.list()).find((trunk) => trunk.numbers.some((n) => wanted.numbers.includes(n)));
    if (taken !== undefined) {
      throw new Refused("number_taken", `expected numbers of no other trunk, but trunk ${taken.id} has one of them`, {
        hint: "a number is on one trunk at a time: use that trunk, or delete it first",
      });
    }
    const trunk = await this.#admin.create(wanted);
    return { trunk, assigned: [], limit: defaultLimit(trunk) };
  }

  /** Refused while numbers are assigned to it or a campaign that is not over names it. */
  async delete(ref: string): Promise<OutboundTrunk> {
    const { trunk, assigned } = await this.#find(ref);
    await this.#refuseOthers(trunk, "trunk_in_use");
    if (assigned.length > 0) {
      const assistants = [...new Set(assigned.map(({ assistantId }) => assistantId))];
      throw new Refused("trunk_in_use", `expected a trunk without numbers, but it has ${assigned.length} assigned`, {
        hint: `campaigns trunks unassign NUMBER takes one away; campaigns trunks show shows those of ${assistants.join(", ")}`,
      });
    }
    const campaign = (await this.#store.listCampaigns()).find(
      ({ trunkId, status }) => (trunkId === trunk.id || trunkId === trunk.name) && status !== "completed",
    );
    if (campaign !== undefined) {
      throw new Refused("trunk_in_use", `expected a trunk of no campaign, but "${campaign.name}" calls through it`, {
        hint: "stop the campaign first",
      });
    }
    await this.#admin.delete(trunk.id);
    await this.#store.dropTrunkLimit(trunk.id);
    return trunk;
  }

  /** `warning`: the number is not on the trunk, which LiveKit does not check. */
  async assign(input: AssignInput): Promise<{ readonly number: CallerNumber; readonly warning: string | null }> {
    const { number } = input;
    const interval = input.cps === undefined ? undefined : everyMs(input.cps);
    const assistantId = someText("assistant", input.assistant);
    const { trunk } = await this.#find(input.trunk);
    const assigned = await assign(
      this.#store,
      {
        id: this.#newId(),
        number,
        assistantId,
        trunkId: trunk.id,
        trunkName: trunk.name,
        ...(input.label === undefined ? {} : { label: someText("label", input.label) }),
        ...(interval === undefined ? {} : { interval }),
        ...(input.shared === undefined ? {} : { shared: input.shared }),
      },
      this.#clock.now(),
    );
    return { number: assigned, warning: unlisted(number, trunk) };
  }

  /** At least one of both; the other stays as it is. */
  async limit(ref: string, cps: string | undefined, concurrency: string | undefined): Promise<TrunkReport> {
    if (cps === undefined && concurrency === undefined) {
      throw new Misused("limit", "expected --cps or --concurrency, got neither");
    }
    const said = {
      ...(cps === undefined ? {} : { interval: everyMs(cps) }),
      ...(concurrency === undefined ? {} : { concurrency: atOnce(concurrency) }),
    };
    const report = await this.#find(ref);
    await this.#refuseOthers(report.trunk, "others_trunk");
    const limit = { ...report.limit, ...said };
    await this.#store.setTrunkLimit(limit, this.#clock.now());
    return { ...report, limit };
  }

  /** Whose calls depend on it is not for one owner to decide. */
  async #refuseOthers(trunk: OutboundTrunk, code: string): Promise<void> {
    if (!(await this.#store.trunkIsOthers(trunk))) return;
    throw new Refused(code, "expected a trunk of this owner alone, but others call through it", {
      hint: "whoever runs the installation changes it, without --user and CAMPAIGNS_USER_ID",
    });
  }

  /** The id of the trunk with that id or name. Throws Refused when there is none, or several. */
  async idOf(ref: string): Promise<string> {
    return (await this.#find(ref)).trunk.id;
  }

  /** By id or by name. */
  async #find(ref: string): Promise<TrunkReport> {
    const reports = await this.list();
    const [found, ...others] = reports.filter(({ trunk }) => trunk.id === ref || trunk.name === ref);
    if (found === undefined) {
      throw new Refused("unknown_trunk", `expected an outbound trunk of this LiveKit, got "${ref}"`, {
        hint: reports.length === 0 ? "campaigns trunks create makes one" : "campaigns trunks shows what there is",
      });
    }
    if (others.length > 0) {
      throw new Refused("ambiguous_trunk", `"${ref}" is the name of ${others.length + 1} trunks`, {
        hint: `use the id: ${[found, ...others].map(({ trunk }) => trunk.id).join(", ")}`,
      });
    }
    return found;
  }
}

/** Takes a number, in E.164, from its assistant and trunk. Asks no LiveKit: it must work when that is gone. */
export async function unassign(store: Store, number: string): Promise<CallerNumber> {
  const was = await store.unassignNumber(number);
  if (was !== null) return was;
  throw new Refused("not_assigned", "expected a number that is assigned to a trunk, but this one is not", {
    hint: "campaigns trunks show ASSISTANT shows which are; the installation's are taken away without --user",
  });
}

/** Assigns a number. Throws Refused when it, or the trunk, belongs to somebody else. */
export async function assign(store: Store, ...asked: Parameters<Store["assignNumber"]>): Promise<CallerNumber> {
  const assigned = await store.assignNumber(...asked);
  if (assigned.is === "assigned") return assigned.number;
  throw assigned.is === "taken" ? taken(assigned.number) : OTHERS[assigned.is]();
}

const OTHERS = {
  others_number: () =>
    new Refused("number_taken", "expected a free number, but it is assigned to another owner", {
      hint: "a number is on one trunk at a time; that owner's trunks unassign takes it away from there",
    }),
  others_trunk: () =>
    new Refused("others_trunk", "expected a trunk of this owner, but another owner's number is on it", {
      hint: "campaigns trunks assign --shared says that several owners may call through it",
    }),
} as const;

/** The number belongs to another assistant or trunk. */
export const taken = (number: CallerNumber): Refused =>
  new Refused(
    "number_taken",
    `expected a free number, but it is assigned to trunk ${number.trunkId} and assistant ${number.assistantId}`,
    { hint: "a number is on one trunk at a time; campaigns trunks unassign takes it away from there" },
  );

function parseTrunk(input: TrunkInput): Parameters<TrunkAdmin["create"]>[0] {
  const transport = input.transport ?? "auto";
  if (!isTransport(transport)) {
    throw new Misused("transport", `--transport: expected one of ${TRANSPORTS.join(", ")}, got "${transport}"`);
  }
  const country = input.country?.toUpperCase() ?? null;
  if (country !== null && !/^[A-Z]{2}$/.test(country)) {
    throw new Misused("country", `--country: expected two letters such as US, got "${input.country}"`);
  }
  // Somebody may write the password into it; so what came is not repeated.
  if (!/^[a-z0-9]([\w.-]*[a-z0-9])?(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i.test(input.address.trim())) {
    throw new Misused("address", "--address: expected a host such as sip.example.com or sip.example.com:5061", {
      hint: "leave out sip:, user names and ;transport=, which has its own flag",
    });
  }
  const parsed = parseHeaders(input.header ?? []);
  if (parsed.problems.length > 0)
    throw new Misused(
      "header",
      parsed.problems.map((problem) => `--header: ${problem}`),
    );
  return {
    name: someText("name", input.name),
    address: input.address.trim(),
    numbers: [...new Set(input.numbers)],
    transport,
    country,
    credentials: input.credentials,
    headers: parsed.headers,
  };
}

const isTransport = (text: string): text is Transport => TRANSPORTS.some((transport) => transport === text);

function someText(flag: string, text: string): string {
  const value = text.trim();
  if (value === "") throw new Misused(flag, `--${flag}: expected some text, got none`);
  if (isVisible(value)) return value;
  throw new Misused(flag, `--${flag}: expected text without line breaks and control characters, got "${value}"`);
}

function everyMs(cps: string): number {
  const interval = intervalOf(cps.trim() === "" ? NaN : Number(cps));
  if (interval !== null) return interval;
  throw new Misused("cps", `--cps: expected a number above 0 up to 1000, got "${cps}"`);
}

function atOnce(text: string): number {
  const calls = text.trim() === "" ? NaN : Number(text);
  if (Number.isInteger(calls) && calls >= 1 && calls <= 10_000) return calls;
  throw new Misused("concurrency", `--concurrency: expected a whole number from 1 to 10000, got "${text}"`);
}
