/** The engine's front door. */
export { Campaigns, type CampaignReport } from "./campaigns.ts";
export { systemClock } from "./clock.ts";
export { type ContactFeed, Contacts, type Imported, type KnownContact } from "./contacts.ts";
export { CampaignsError, Misused, Refused, Unavailable } from "./errors.ts";
export type * from "./ports.ts";
export { Runner, type RunnerOptions, type RunSignals, type RunSummary } from "./runner.ts";
export { type CampaignInput, parseSettings } from "./settings.ts";
export { dialOnce, type SingleCall } from "./single.ts";
export type { RunEvent } from "../domain/events.ts";
export type { Call, Outcome } from "../domain/call.ts";
export type { Campaign, CampaignSettings, CampaignStatus } from "../domain/campaign.ts";
export type { Consent, Contact, ImportReport, NewContact } from "../domain/contact.ts";
