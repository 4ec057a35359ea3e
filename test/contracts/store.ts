/**
 * What the engine may expect of any Store. Every adapter runs it unchanged; `open` gives an empty store. A query is
 * tested here and never in one adapter's file, a rule in test/domain.
 */
import { afterEach, beforeEach } from "vitest";
import type { Store } from "../../src/engine/ports/index.ts";
import { auditContract } from "./store/audit.ts";
import { budgetContract } from "./store/budget.ts";
import { callbacksContract } from "./store/callbacks.ts";
import { callsContract } from "./store/calls.ts";
import { campaignsContract } from "./store/campaigns.ts";
import { changesContract } from "./store/changes.ts";
import { claimsContract } from "./store/claims.ts";
import { contactsContract } from "./store/contacts.ts";
import { deadAirContract } from "./store/dead-air.ts";
import { dialsContract } from "./store/dials.ts";
import { doNotCallContract } from "./store/do-not-call.ts";
import { eventsContract } from "./store/events.ts";
import { figuresContract } from "./store/figures.ts";
import { leasesContract } from "./store/leases.ts";
import { protectionContract } from "./store/protection.ts";
import { privacyContract } from "./store/privacy.ts";
import { recordingsContract } from "./store/recordings.ts";
import { Scene } from "./store/scene.ts";
import { trunksContract } from "./store/trunks.ts";
import { verdictsContract } from "./store/verdicts.ts";
import { webhooksContract } from "./store/webhooks.ts";

/** `byNumber`: the do-not-call list is read in the order of its numbers, which one that is sealed does not have. */
export function storeContract(open: () => Promise<Store>, { byNumber = true } = {}): void {
  let store: Store;
  beforeEach(async () => void (store = await open()));
  afterEach(() => store[Symbol.asyncDispose]());

  const scene = (): Scene => new Scene(store);
  contactsContract(scene);
  campaignsContract(scene);
  changesContract(scene);
  auditContract(scene);
  budgetContract(scene);
  callbacksContract(scene);
  callsContract(scene);
  claimsContract(scene);
  deadAirContract(scene);
  dialsContract(scene);
  eventsContract(scene);
  figuresContract(scene);
  leasesContract(scene);
  doNotCallContract(scene, byNumber);
  protectionContract(scene);
  privacyContract(scene);
  recordingsContract(scene);
  trunksContract(scene);
  verdictsContract(scene);
  webhooksContract(scene);
}
