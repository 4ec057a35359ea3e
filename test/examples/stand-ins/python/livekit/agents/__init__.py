"""As much of livekit-agents as the example uses, playing one call: answered, the agent speaks, the callee leaves."""
import asyncio
import json
import os
from types import SimpleNamespace


class Emitter:
    def __init__(self):
        self.listeners = {}

    def on(self, name):
        return lambda listener: self.listeners.setdefault(name, []).append(listener)

    def tell(self, name, *args):
        for listener in self.listeners.get(name, []):
            listener(*args)


room, over = Emitter(), None


def function_tool(tool):
    return tool


class Agent:
    def __init__(self, instructions, tools):
        self.tools = tools


class AgentSession(Emitter):
    def __init__(self, **models):
        super().__init__()

    async def start(self, agent, room):
        self.agent = agent
        room.tell("participant_attributes_changed", {"sip.callStatus": "active"}, None)

    async def generate_reply(self, instructions):
        self.tell("agent_state_changed", SimpleNamespace(new_state="speaking"))
        await asyncio.sleep(0.01)
        await self.agent.tools[0](**json.loads(os.environ["SAYS"]))
        await self.aclose()

    async def say(self, text, allow_interruptions):
        print("said", text)

    async def aclose(self):
        self.tell("close", None)


class AMD:
    def __init__(self, session):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def execute(self):
        heard = os.environ["HEARS"]
        return SimpleNamespace(category=heard, is_machine=heard.startswith("machine"))


JobContext = object


class AgentServer:
    def rtc_session(self, agent_name):
        def keep(entry):
            self.entry = entry

        return keep


def run_app(server):
    asyncio.run(play(server))


async def play(server):
    done = asyncio.Event()

    async def set_attributes(attributes):
        print(attributes["campaigns.verdict"])

    async def update_room_metadata(request):
        print("room", request.metadata)

    def shutdown():
        print("shut down")
        done.set()

    room.name, room.metadata = "room", '{"kept":1}'
    room.local_participant = SimpleNamespace(set_attributes=set_attributes)
    rooms = SimpleNamespace(update_room_metadata=update_room_metadata)
    job = SimpleNamespace(metadata=os.environ["METADATA"])
    await server.entry(SimpleNamespace(job=job, room=room, api=SimpleNamespace(room=rooms), shutdown=shutdown))
    await asyncio.wait_for(done.wait(), 5)


cli = SimpleNamespace(run_app=run_app)
