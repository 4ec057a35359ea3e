/** The library's front door: the engine and its adapters. */
export * from "./engine/index.ts";
export { openSqliteStore } from "./adapters/sqlite/store.ts";
export { openSupabaseStore } from "./adapters/supabase/store.ts";
export type { SupabaseSettings } from "./adapters/supabase/rpc.ts";
export { liveKitClients, type LiveKitClients, type LiveKitSettings } from "./adapters/livekit/clients.ts";
export { LiveKitTelephony } from "./adapters/livekit/telephony.ts";
