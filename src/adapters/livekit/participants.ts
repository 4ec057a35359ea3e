/** Who is in a room, by LiveKit's numbers (livekit_models.proto, ParticipantInfo). */
export const SIP_KIND = 3;
const AGENT_KIND = 4;
const ACTIVE = 2;

/** An agent is listed before it is connected, and one that never connects would be dialed for: only ACTIVE counts. */
export const isAgent = ({ kind, state }: { readonly kind: number; readonly state: number }): boolean =>
  kind === AGENT_KIND && state === ACTIVE;
