/** Outbound trunks, kept as LiveKit keeps them: passwords come back in clear. Source: livekit/protocol livekit/sip.go. */
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
};

const wrong = (text: string): TwirpFailure => new TwirpFailure("invalid_argument", text);

export class OutboundTrunks {
  readonly #trunks = new Map<string, OutboundTrunk>([[SANDBOX_TRUNK.sipTrunkId, SANDBOX_TRUNK]]);

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
    const trunk = this.#trunks.get(id);
    if (trunk === undefined) throw new TwirpFailure("not_found", "requested sip trunk does not exist");
    return trunk;
  }

  create(wanted: OutboundTrunk | undefined): OutboundTrunk {
    if (wanted === undefined) throw wrong("missing trunk");
    if (wanted.sipTrunkId !== "") throw wrong("trunk id must not be set");
    if (wanted.numbers.length === 0) throw wrong("no trunk numbers specified");
    if (wanted.address === "") throw wrong("no outbound address specified");
    if (/^sips?:/.test(wanted.address)) throw wrong("trunk address should be a hostname or IP, not SIP URI");
    if (wanted.address.includes(";")) throw wrong("trunk address should not contain transport parameter");
    const trunk = { ...wanted, sipTrunkId: newId("ST") };
    this.#trunks.set(trunk.sipTrunkId, trunk);
    return trunk;
  }

  delete(id: string): OutboundTrunk {
    const trunk = this.get(id);
    this.#trunks.delete(id);
    return trunk;
  }
}
