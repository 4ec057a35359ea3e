/** Elastic SIP Trunking, as the Carrier port. Lists are read to their end: a trunk that is missed would be made twice. */
import type { Carrier, CarrierAccount, CarrierNumber } from "../../engine/ports/carrier.ts";
import type { TwilioClient } from "./client.ts";
import { asked } from "./errors.ts";

/**
 * Fewer, larger pages. A new object each time: the client writes into it whom to tell of the list, so with one for all, a
 * list that is asked for while another is on its way takes the other's place, and whoever wanted that waits for ever.
 */
const all = (): { pageSize: number } => ({ pageSize: 200 });

export class TwilioCarrier implements Carrier {
  readonly #twilio: TwilioClient;

  constructor(twilio: TwilioClient) {
    this.#twilio = twilio;
  }

  account(): Promise<CarrierAccount> {
    return asked(async () => {
      const { sid, status, type } = await this.#twilio.api.v2010.accounts(this.#twilio.accountSid).fetch();
      return { id: sid, active: status === "active", trial: type === "Trial" };
    });
  }

  findNumber(number: string): Promise<CarrierNumber | null> {
    return asked(async () => {
      // The filter matches parts of numbers too.
      const found = (await this.#twilio.incomingPhoneNumbers.list({ phoneNumber: number, ...all() })).find(
        ({ phoneNumber }) => phoneNumber === number,
      );
      if (found === undefined) return null;
      return { id: found.sid, label: found.friendlyName, trunkId: found.trunkSid || null };
    });
  }

  domainOf(name: string): string {
    return `${name}.pstn.twilio.com`;
  }

  findTrunk(domain: string): Promise<string | null> {
    return asked(async () => {
      const trunks = await this.#twilio.trunking.v1.trunks.list(all());
      return trunks.find(({ domainName }) => domainName?.toLowerCase() === domain)?.sid ?? null;
    });
  }

  makeTrunk(friendlyName: string, domainName: string): Promise<string> {
    return asked(async () => (await this.#twilio.trunking.v1.trunks.create({ friendlyName, domainName })).sid);
  }

  findCredentialList(name: string): Promise<string | null> {
    return asked(async () => {
      const lists = await this.#twilio.sip.credentialLists.list(all());
      return lists.find(({ friendlyName }) => friendlyName === name)?.sid ?? null;
    });
  }

  makeCredentialList(friendlyName: string): Promise<string> {
    return asked(async () => (await this.#twilio.sip.credentialLists.create({ friendlyName })).sid);
  }

  isAssociated(trunkId: string, listId: string): Promise<boolean> {
    return asked(async () => {
      const lists = await this.#twilio.trunking.v1.trunks(trunkId).credentialsLists.list(all());
      return lists.some(({ sid }) => sid === listId);
    });
  }

  async associate(trunkId: string, credentialListSid: string): Promise<void> {
    await asked(() => this.#twilio.trunking.v1.trunks(trunkId).credentialsLists.create({ credentialListSid }));
  }

  findCredential(listId: string, name: string): Promise<string | null> {
    return asked(async () => {
      const credentials = await this.#twilio.sip.credentialLists(listId).credentials.list(all());
      return credentials.find(({ username }) => username === name)?.sid ?? null;
    });
  }

  makeCredential(listId: string, username: string, password: string): Promise<string> {
    const { credentials } = this.#twilio.sip.credentialLists(listId);
    return asked(async () => (await credentials.create({ username, password })).sid);
  }

  async setPassword(listId: string, credentialId: string, password: string): Promise<void> {
    await asked(() => this.#twilio.sip.credentialLists(listId).credentials(credentialId).update({ password }));
  }

  async attach(trunkId: string, phoneNumberSid: string): Promise<void> {
    await asked(() => this.#twilio.trunking.v1.trunks(trunkId).phoneNumbers.create({ phoneNumberSid }));
  }
}
