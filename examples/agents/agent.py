# An agent for campaigns: tells a machine from a person, talks, and says what came of the call. No webhook, no open port.
# pip install "livekit-agents~=1.8", set LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, then: python agent.py start
import asyncio
import json
import time

from livekit import api
from livekit.agents import AMD, Agent, AgentServer, AgentSession, JobContext, cli, function_tool

ANSWERED_BY = {"human": "human", "machine-vm": "voicemail", "machine-unavailable": "voicemail", "machine-ivr": "ivr"}
server = AgentServer()


@server.rtc_session(agent_name="ai")
async def campaign(ctx: JobContext) -> None:
    job, verdict, answered = json.loads(ctx.job.metadata), {"seq": 0}, 0.0

    async def say(**more: object) -> None:  # each write says everything, under a higher number
        verdict.update(more, seq=verdict["seq"] + 1)
        await ctx.room.local_participant.set_attributes({job["verdictKey"]: json.dumps(verdict)})

    @function_tool
    async def outcome(outcome: str, notes: str = "", callback_at: str = "") -> str:
        """Call this before you say good-bye. outcome: interested, not_interested, callback, do_not_call or wrong_number;
        callback_at: with callback, the callee's local time, such as 2026-12-01T15:00."""
        await say(outcome=outcome, notes=notes, **({"callback_at": callback_at} if callback_at else {}))
        return "noted"

    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")

    @ctx.room.on("participant_attributes_changed")
    def _(changed: dict, callee: object) -> None:
        nonlocal answered
        if changed.get("sip.callStatus") == "active":
            answered = time.monotonic()

    @session.on("agent_state_changed")
    def _(event: object) -> None:
        if event.new_state == "speaking" and answered and "first_audio_ms" not in verdict:
            asyncio.create_task(say(first_audio_ms=round((time.monotonic() - answered) * 1000)))

    @session.on("close")  # the callee has gone, or we have said all
    def _(_: object) -> None:
        asyncio.create_task(finish())

    async def finish() -> None:
        await say(final=True)
        kept = json.loads(ctx.room.metadata or "{}")  # outlives the agent; a worker has the key for it
        metadata = json.dumps({**kept, "verdict": verdict})
        await ctx.api.room.update_room_metadata(api.UpdateRoomMetadataRequest(room=ctx.room.name, metadata=metadata))
        ctx.shutdown()

    await session.start(Agent(instructions=job["campaignPrompt"] or "Be brief.", tools=[outcome]), room=ctx.room)
    async with AMD(session) as detector:  # ready before the phone rings: the program dials once we are in the room
        heard = await detector.execute()
    await say(answered_by=ANSWERED_BY.get(heard.category, "unknown"))
    if not heard.is_machine:
        await session.generate_reply(instructions="Greet, say that you are an AI, and why you call.")
        return
    if job["answeredByPolicy"] == "message" and not job["messageLeftBefore"] and heard.category == "machine-vm":
        await session.say(job["voicemailMessage"], allow_interruptions=False)
    verdict["ended_by"] = "agent"
    await session.aclose()


if __name__ == "__main__":
    cli.run_app(server)
