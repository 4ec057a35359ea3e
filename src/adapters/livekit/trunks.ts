/**
 * Outbound trunks through the SDK. LiveKit returns a trunk with its password in clear; only the fields picked in
 * `trunkOf` leave this file.
 */
import { SIPOutboundTrunkInfo, type SipClient } from "livekit-server-sdk";
import { Misused, Refused } from "../../engine/errors.ts";
import type { Clock } from "../../engine/ports/index.ts";
import {
  type NewTrunk,
  type OutboundTrunk,
  type TrunkAdmin,
  type TrunkCredentials,
  type Transport,
  TRANSPORTS,
} from "../../engine/ports/trunk-admin.ts";
import { detailOf, failureOf, isNotFound, livekitError } from "./errors.ts";
import { ask, insist } from "./retry.ts";

export type TrunkClient = Pick<
  SipClient,
  "listSipOutboundTrunk" | "createSipOutboundTrunk" | "updateSipOutboundTrunkFields" | "deleteSipTrunk"
>;

export class LiveKitTrunks implements TrunkAdmin {
  readonly #sip: TrunkClient;
  readonly #clock: Clock;

  constructor(sip: TrunkClient, clock: Clock) {
    this.#sip = sip;
    this.#clock = clock;
  }

  async list(): Promise<readonly OutboundTrunk[]> {
    return (await ask(this.#clock, () => this.#sip.listSipOutboundTrunk())).map(trunkOf);
  }

  async create({
    name,
    address,
    numbers,
    transport,
    country,
    credentials,
    headers = {},
  }: NewTrunk): Promise<OutboundTrunk> {
    try {
      return trunkOf(
        await this.#sip.createSipOutboundTrunk(name, address, [...numbers], {
          transport: enumOf(transport),
          ...(country === null ? {} : { destinationCountry: country }),
          ...(credentials === null ? {} : authOf(credentials)),
          ...(Object.keys(headers).length > 0 && { headers: { ...headers } }),
        }),
      );
    } catch (error) {
      throw refusalOf(error);
    }
  }

  async addNumber(id: string, number: string): Promise<void> {
    await this.#update(id, { numbers: { add: [number] } });
  }

  async setCredentials(id: string, credentials: TrunkCredentials): Promise<void> {
    await this.#update(id, authOf(credentials));
  }

  async delete(id: string): Promise<void> {
    await this.#named(() => this.#sip.deleteSipTrunk(id));
  }

  async #update(id: string, fields: TrunkFields): Promise<void> {
    await this.#named(() => this.#sip.updateSipOutboundTrunkFields(id, fields as UpdateOptions));
  }

  /** About a trunk that the operator named. */
  async #named(request: () => Promise<unknown>): Promise<void> {
    try {
      await insist(this.#clock, request);
    } catch (error) {
      if (!isNotFound(error)) throw livekitError(error);
      throw new Refused("unknown_trunk", "LiveKit has no such trunk", { hint: "campaigns trunks shows what it has" });
    }
  }
}

/** The SDK keeps the enum itself to itself. */
const enumOf = (transport: Transport): SIPOutboundTrunkInfo["transport"] =>
  SIPOutboundTrunkInfo.fromJson({ transport: `SIP_TRANSPORT_${transport.toUpperCase()}` }).transport;

type UpdateOptions = Parameters<SipClient["updateSipOutboundTrunkFields"]>[1];
/** The SDK makes messages of plain objects, though its types ask for messages. */
type TrunkFields = Omit<UpdateOptions, "numbers"> & { readonly numbers?: { readonly add: string[] } };

const authOf = ({ username, password }: TrunkCredentials): { authUsername: string; authPassword: string } => ({
  authUsername: username,
  authPassword: password,
});

const trunkOf = (info: SIPOutboundTrunkInfo): OutboundTrunk => ({
  id: info.sipTrunkId,
  name: info.name,
  address: info.address,
  numbers: info.numbers,
  transport: TRANSPORTS[info.transport] ?? "auto",
  country: info.destinationCountry === "" ? null : info.destinationCountry,
  hasCredentials: info.authUsername !== "",
  headerNames: Object.keys(info.headers),
  createdAt: info.createdAt?.toDate().getTime() ?? null,
});

/** LiveKit says in words what is wrong with a trunk; it echoes none of its fields. */
function refusalOf(error: unknown): Error {
  const failure = failureOf(error);
  if (failure.code !== "invalid_argument") return livekitError(error);
  return new Misused("trunk", `expected a trunk that LiveKit accepts, got: ${detailOf(failure)}`, {
    hint: "see campaigns trunks create --help",
  });
}
