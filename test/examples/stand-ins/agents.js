// As much of @livekit/agents as the example uses, playing one call: it is answered, the agent speaks, the callee leaves.
// Prints what the agent writes into its attributes, one line each.
const { HEARS, SAYS } = process.env;
const on = (listeners) => (name, listener) => void (listeners[name] ??= []).push(listener);
const tell = (listeners, name, ...args) => Promise.all((listeners[name] ?? []).map((each) => each(...args)));
const ofRoom = {};
const ofSession = {};

export const defineAgent = (agent) => agent;
export const llm = { tool: (tool) => tool };
export const cli = { runApp: () => {} };
export class ServerOptions {}
export const voice = {
  AgentSessionEventTypes: { AgentStateChanged: "state", Close: "close" },
  Agent: class {
    constructor({ tools }) {
      voice.tools = tools;
    }
  },
  AgentSession: class {
    on = on(ofSession);
    async start() {
      await tell(ofRoom, "participantAttributesChanged", { "sip.callStatus": "active" });
    }
    generateReply() {
      setTimeout(async () => {
        await tell(ofSession, "state", { newState: "speaking" });
        await voice.tools.outcome.execute(voice.tools.outcome.parameters.parse(JSON.parse(SAYS)));
        await this.close();
      }, 5);
    }
    say(text) {
      process.stdout.write(`said ${text}\n`);
      return { waitForPlayout: () => Promise.resolve() };
    }
    close = () => tell(ofSession, "close");
  },
  AMD: class {
    execute = () => Promise.resolve({ category: HEARS, isMachine: HEARS.startsWith("machine") });
  },
};

export const context = (metadata, roomName) => ({
  connect: () => Promise.resolve(),
  job: { metadata },
  room: {
    name: roomName,
    metadata: '{"kept":1}',
    on: on(ofRoom),
    localParticipant: {
      setAttributes: (attributes) => void process.stdout.write(`${attributes["campaigns.verdict"]}\n`),
    },
  },
  shutdown: () => void process.stdout.write("shut down\n"),
});
