/** Who is in a room, by LiveKit's numbers (livekit_models.proto, ParticipantInfo). */
export const SIP_KIND = 3;
const AGENT_KIND = 4;
const ACTIVE = 2;

/** Its token says so: neither a callee nor a participant of another kind can pass for one. */
export const isAgent = ({ kind }: { readonly kind: number }): boolean => kind === AGENT_KIND;

/** An agent is listed before it is connected, and one that never connects would be dialed for: only ACTIVE counts. */
export const isActive = ({ state }: { readonly state: number }): boolean => state === ACTIVE;
