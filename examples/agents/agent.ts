// An agent for campaigns: tells a machine from a person, talks, and says what came of the call. No webhook, no open port.
// npm install @livekit/agents @livekit/rtc-node livekit-server-sdk zod, set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET
import { cli, defineAgent, type JobContext, llm, ServerOptions, voice } from "@livekit/agents";
import { RoomServiceClient } from "livekit-server-sdk";
import { z } from "zod";

const OUTCOMES = ["interested", "not_interested", "callback", "do_not_call", "wrong_number"] as const;
const ANSWERED_BY: Readonly<Record<string, string>> = {
  human: "human",
  "machine-vm": "voicemail",
  "machine-unavailable": "voicemail",
  "machine-ivr": "ivr",
};

export default defineAgent({
  entry: async (ctx: JobContext) => {
    await ctx.connect();
    const job = JSON.parse(ctx.job.metadata);
    let verdict: Record<string, unknown> = {};
    let seq = 0;
    // Each write says everything, under a higher number.
    const say = async (more: object): Promise<void> => {
      verdict = { ...verdict, ...more, seq: ++seq };
      await ctx.room.localParticipant?.setAttributes({ [job.verdictKey]: JSON.stringify(verdict) });
    };
    const outcome = llm.tool({
      description: "Call this before you say good-bye. callback_at: the callee's local time, such as 2026-12-01T15:00.",
      parameters: z.object({ outcome: z.enum(OUTCOMES), notes: z.string(), callback_at: z.string().optional() }),
      execute: async (said) => {
        await say(said);
        return "noted";
      },
    });
    const session = new voice.AgentSession({
      stt: "deepgram/nova-3",
      llm: "openai/gpt-4.1-mini",
      tts: "cartesia/sonic-3",
    });
    let answered = 0;
    ctx.room.on("participantAttributesChanged", (changed) => {
      if (changed["sip.callStatus"] === "active") answered = performance.now();
    });
    session.on(voice.AgentSessionEventTypes.AgentStateChanged, ({ newState }) => {
      if (newState !== "speaking" || answered === 0 || "first_audio_ms" in verdict) return;
      void say({ first_audio_ms: Math.round(performance.now() - answered) });
    });
    // The callee has gone, or we have said all. What is in the room's metadata outlives the agent; a worker has the key for it.
    session.on(voice.AgentSessionEventTypes.Close, async () => {
      await say({ final: true });
      const { LIVEKIT_URL = "", LIVEKIT_API_KEY, LIVEKIT_API_SECRET } = process.env;
      const rooms = new RoomServiceClient(LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET);
      const kept = JSON.parse(ctx.room.metadata || "{}");
      await rooms.updateRoomMetadata(ctx.room.name ?? "", JSON.stringify({ ...kept, verdict }));
      ctx.shutdown();
    });

    const agent = new voice.Agent({ instructions: job.campaignPrompt ?? "Be brief.", tools: { outcome } });
    await session.start({ agent, room: ctx.room });
    // Ready before the phone rings: the program dials once the agent is in the room.
    const { category, isMachine } = await new voice.AMD(session).execute();
    await say({ answered_by: ANSWERED_BY[category] ?? "unknown" });
    if (!isMachine) {
      session.generateReply({ instructions: "Greet, say that you are an AI, and why you call." });
      return;
    }
    if (job.answeredByPolicy === "message" && !job.messageLeftBefore && category === "machine-vm") {
      await session.say(job.voicemailMessage, { allowInterruptions: false }).waitForPlayout();
    }
    await say({ ended_by: "agent" });
    await session.close();
  },
});

if (process.argv[1] === import.meta.filename)
  cli.runApp(new ServerOptions({ agent: import.meta.filename, agentName: "ai" }));
