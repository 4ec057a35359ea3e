/**
 * Outbound trunks, kept as LiveKit keeps them: passwords come back in clear, a number may be on several trunks, and
 * deleting one that is not there is no error. Sources: livekit/protocol livekit/sip.go, livekit/livekit
 * pkg/service/sip.go and redisstore_sip.go.
 */
import { newId } from "./rooms.ts";
import { TwirpFailure } from "./twirp.ts";

export interface OutboundTrunk {
  readonly sipTrunkId: string;
  readonly name: string;
  readonly metadata: string;
  readonly address: string;
  readonly transport: string;
  readonly destinationCountry: string;
  readonly numbers: readonly string[];
  readonly authUsername: string;
  readonly authPassword: string;
  /** Sent with each INVITE; those of the dial go above them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds; not the world's clock, but in the order in which trunks were made. */
  readonly createdAt: number;
}

/** What UpdateSIPOutboundTrunk may change; undefined: left alone. */
export interface TrunkChange {
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly authUsername?: string | undefined;
  readonly authPassword?: string | undefined;
  readonly numbers?:
    | { readonly set: readonly string[]; readonly add: readonly string[]; readonly remove: readonly string[] }
    | undefined;
}

/** The trunk that is there from the start. */
export const SANDBOX_TRUNK: OutboundTrunk = {
  sipTrunkId: "ST_sandbox",
  name: "sandbox",
  metadata: "",
  address: "127.0.0.1:5060",
  transport: "SIP_TRANSPORT_AUTO",
  destinationCountry: "",
  numbers: ["+12025550100"],
  authUsername: "sandbox",
  authPassword: "sandbox-trunk-password",
  headers: {},
  createdAt: 1,
};

const wrong = (text: string): TwirpFailure => new TwirpFailure("invalid_argument", text);

export class OutboundTrunks {
  readonly #trunks = new Map<string, OutboundTrunk>([[SANDBOX_TRUNK.sipTrunkId, SANDBOX_TRUNK]]);

  #made = 1;

  /** Sorted by id. `numbers`: also those without any number. */
  list(ids: readonly string[] = [], numbers: readonly string[] = []): OutboundTrunk[] {
    return [...this.#trunks.values()]
      .filter(({ sipTrunkId }) => ids.length === 0 || ids.includes(sipTrunkId))
      .filter(
        (trunk) => numbers.length === 0 || trunk.numbers.length === 0 || trunk.numbers.some((n) => numbers.includes(n)),
      )
      .toSorted((a, b) => (a.sipTrunkId < b.sipTrunkId ? -1 : 1));
  }

  get(id: string): OutboundTrunk {
    if (id === "") throw wrong("trunk ID is required");
    const trunk = this.#trunks.get(id);
    if (trunk === undefined) throw new TwirpFailure("not_found", "requested sip trunk does not exist");
    return trunk;
  }

  create(wanted: Omit<OutboundTrunk, "createdAt"> | undefined): OutboundTrunk {
    if (wanted === undefined) throw wrong("missing trunk");
    if (wanted.sipTrunkId !== "") throw wrong("trunk id must not be set");
    return this.#keep({ ...wanted, sipTrunkId: newId("ST"), createdAt: ++this.#made });
  }

  update(id: string, change: TrunkChange | undefined): OutboundTrunk {
    if (id === "") throw wrong("trunk id must be set");
    const trunk = this.get(id);
    if (change === undefined) throw wrong("missing trunk update");
    const { numbers, ...fields } = change;
    const set = numbers?.set.length === 0 ? trunk.numbers : (numbers?.set ?? trunk.numbers);
    const added = [...new Set([...set, ...(numbers?.add ?? [])])];
    return this.#keep({ ...trunk, ...defined(fields), numbers: added.filter((n) => !numbers?.remove.includes(n)) });
  }

  /** Says nothing of whether there was one. */
  delete(id: string): void {
    if (id === "") throw wrong("trunk ID is required");
    this.#trunks.delete(id);
  }

  /** All of them, as a server does that has lost its state. */
  forget(): void {
    this.#trunks.clear();
  }

  #keep(trunk: OutboundTrunk): OutboundTrunk {
    const { numbers, address } = trunk;
    if (numbers.length === 0) throw wrong("no trunk numbers specified");
    if (address === "") throw wrong("no outbound address specified");
    if (address.includes("transport=")) throw wrong("trunk address should not contain transport parameter");
    if (/^sips?:|[@;]/.test(address)) throw wrong("trunk address should be a hostname or IP, not SIP URI");
    this.#trunks.set(trunk.sipTrunkId, trunk);
    return trunk;
  }
}

/** Only what was said is changed. */
const defined = <T extends object>(fields: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: Exclude<T[K], undefined>;
  }>;
