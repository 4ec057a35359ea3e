/** The engine's front door. */
export { Campaigns, type CampaignReport, type ContactFeed } from "./campaigns.ts";
export { systemClock } from "./clock.ts";
export { CampaignsError, Misused, Refused, Unavailable } from "./errors.ts";
export type { Carrier, CarrierCall, CarrierRecords } from "./carrier.ts";
export { CHECKS } from "./checks.ts";
export { type CheckResult, examine } from "./doctor.ts";
export type { CallerNumber, TrunkLimit } from "./numbers.ts";
export { OutboundTrunks } from "./outbound.ts";
export type * from "./ports.ts";
export { provision } from "./provision.ts";
export { syncCalls } from "./sync.ts";
export type { OutboundTrunk, TrunkAdmin } from "./trunks-admin.ts";
export { Runner, type RunnerOptions, type RunSignals, type RunSummary } from "./runner.ts";
export { type CampaignInput, parseSettings } from "./settings.ts";
export { dialOnce, type SingleCall } from "./single.ts";
export type { RunEvent } from "../domain/events.ts";
export type { Call, Contact, Outcome } from "../domain/call.ts";
export type { Campaign, CampaignSettings, CampaignStatus } from "../domain/campaign.ts";
