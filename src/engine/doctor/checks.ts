/** What the doctor looks at, in the order it is shown. */
import { parsePhone } from "../../domain/phones/phone.ts";
import { dataEndsSoon } from "../../domain/time/clocks.ts";
import { SHIPPED_RELEASE, SHIPPED_SPAN } from "../../domain/time/zone-data.ts";
import { HOUR, type Instant, SECOND } from "../../domain/time/instant.ts";
import { isTwilio } from "../../domain/calls/trunk-limit.ts";
import type { CampaignReport } from "../manage/campaigns.ts";
import { compareClocks, fileModes, FILE_CHECKS, PROJECT_CHECKS } from "./store-checks.ts";
import { webhooksIn } from "./webhook-checks.ts";
import { type Check, type DoctorContext, failed, type Finding, type Machine, ok, warning } from "./doctor.ts";

const NODE = 24;
const AGENT_WAIT = 10 * SECOND;
/** An agent slower than this lets the person who picks up wait. */
const SLOW_AGENT = 3 * SECOND;
/** How many calls of a campaign are looked at. */
const SAMPLE = 500;

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

/** What is looked at where the campaigns are in a file, or in a project that many machines share. */
export const checksFor = ({ database }: Pick<Machine, "database">): readonly Check[] => [
  {
    name: "node",
    run: ({ machine: { nodeVersion } }) =>
      Number(nodeVersion.split(".")[0]) >= NODE
        ? ok(`Node ${nodeVersion}`)
        : failed(`Node ${nodeVersion} is too old`, `install Node ${NODE} or newer`),
  },
  { name: "time zones", run: timeZones },
  { name: "settings", run: settings },
  { name: "file modes", run: fileModes },
  ...(database === null ? PROJECT_CHECKS : FILE_CHECKS),
  { name: "livekit", needs: ["settings"], run: liveKit },
  { name: "clock", needs: ["livekit"], run: clockDifference },
  { name: "room grants", needs: ["livekit"], run: roomGrants },
  { name: "sip grants", needs: ["livekit"], run: sipGrants },
  { name: "trunks", needs: ["sip grants"], run: trunks },
  { name: "numbers", needs: ["sip grants", "schema"], run: numbers },
  { name: "agent", needs: ["room grants"], timeout: AGENT_WAIT + 10 * SECOND, run: agent },
  { name: "twilio", timeout: 30 * SECOND, run: carrier },
  { name: "webhooks in", needs: ["schema"], run: webhooksIn },
  { name: "campaigns", needs: ["schema"], run: runningCampaigns },
  { name: "contacts", needs: ["schema"], run: contacts },
  { name: "counts", needs: ["schema"], run: counts },
  { name: "webhooks", needs: ["schema"], run: webhooks },
  { name: "logs", run: logs },
];

/** Of the program's data and Node's, the newer counts. */
function timeZones({ machine, clock }: DoctorContext): Finding {
  const { timeZoneData } = machine;
  const now = clock.now();
  const theirs = `this Node's ${timeZoneData ?? "of unknown age"}`;
  const [used, other] =
    (timeZoneData ?? "") > SHIPPED_RELEASE
      ? [theirs, `the program's ${SHIPPED_RELEASE}`]
      : [`the program's ${SHIPPED_RELEASE}`, theirs];
  const differ = machine.zonesThatDiffer(now);
  const where = differ.length === 0 ? "agrees" : `differs for ${differ.join(", ")}`;
  const found = `time-zone data: ${used}, the newer; ${other} ${where}`;
  return dataEndsSoon(now)
    ? warning(`${found}; the program's ends on ${day(SHIPPED_SPAN.last)}`, "use a newer version of campaigns")
    : ok(found);
}

const day = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

function settings({ machine: { settings, engineEnabled } }: DoctorContext): Finding {
  const set = settings.set.length === 0 ? "none is set" : `set: ${settings.set.join(", ")}`;
  if (settings.missing.length > 0) {
    return failed(
      `${settings.missing.join(", ")} not set (${set})`,
      "set them in the environment or in .env; without them only --sandbox works",
    );
  }
  if (!engineEnabled) {
    return warning(`ENABLE_CAMPAIGN_ENGINE is false, so run refuses (${set})`, "unset it on machines that dial");
  }
  return ok(set);
}

async function liveKit({ probe, clock }: DoctorContext): Promise<Finding> {
  const asked = clock.now();
  await (await probe()).serverTime();
  return ok(`LiveKit answers, in ${clock.now() - asked} ms`);
}

async function clockDifference({ probe, clock }: DoctorContext): Promise<Finding> {
  const livekit = await probe();
  return compareClocks("LiveKit's", () => livekit.serverTime(), clock);
}

async function roomGrants({ probe }: DoctorContext): Promise<Finding> {
  return ok(`the key may make, list and enter rooms; LiveKit has ${count(await (await probe()).rooms(), "room")} now`);
}

async function sipGrants({ trunks, probe }: DoctorContext): Promise<Finding> {
  await (await trunks()).list();
  await (await probe()).mayDial();
  return ok("the key may see trunks and place calls");
}

async function trunks({ trunks }: DoctorContext): Promise<Finding> {
  const all = await (await trunks()).list();
  if (all.length === 0) {
    return failed(
      "LiveKit has no outbound trunk, so nothing can be dialed",
      "campaigns trunks create makes one; trunks provision makes one at Twilio",
    );
  }
  const open = all.filter(({ hasCredentials, address }) => !hasCredentials && isTwilio(address)).map(({ id }) => id);
  if (open.length > 0) {
    return warning(
      `${open.join(", ")} at Twilio without credentials`,
      "Twilio refuses its calls, unless it knows LiveKit's addresses",
    );
  }
  return ok(count(all.length, "outbound trunk"));
}

async function numbers({ store, trunks }: DoctorContext): Promise<Finding> {
  const assigned = await (await store()).listNumbers();
  const all = await (await trunks()).list();
  const gone = assigned.filter(({ trunkId }) => all.every(({ id }) => id !== trunkId));
  if (gone.length > 0) {
    return failed(
      `${count(gone.length, "number")} assigned to a trunk that LiveKit no longer has`,
      "campaigns trunks unassign, then assign, or make the trunk again",
    );
  }
  const unlisted = assigned.filter((one) =>
    all.every(({ id, numbers }) => id !== one.trunkId || !numbers.includes(one.number)),
  );
  if (unlisted.length > 0) {
    return warning(
      `${count(unlisted.length, "number")} assigned to a trunk that does not list it`,
      "most carriers refuse such calls: put it on the trunk, or assign it to the right one",
    );
  }
  if (assigned.length === 0) {
    return warning(
      "no number is assigned, so LiveKit chooses among a trunk's numbers for every call",
      "campaigns trunks assign NUMBER --assistant ID --trunk ID gives an assistant one",
    );
  }
  return ok(`${count(assigned.length, "number")} assigned`);
}

async function agent({ probe, agentName }: DoctorContext): Promise<Finding> {
  const livekit = await probe();
  const took = await livekit.agentJoins(AGENT_WAIT);
  if (took === null) {
    const missing = `no agent "${agentName}" joined a room within ${AGENT_WAIT / SECOND} s`;
    const atWork = await livekit.agentsAtWork().catch(() => 0);
    if (atWork > 0) {
      return failed(
        `${missing}, while ${count(atWork, "agent")} worked in other rooms`,
        `the workers may be full: start more, or lower --concurrency; if those agents are others', start a worker named as LK_AGENT_NAME says`,
      );
    }
    return failed(missing, "start the agent's worker, and check that LK_AGENT_NAME is the name it registers under");
  }
  const found = `agent "${agentName}" joined a room after ${(took / SECOND).toFixed(1)} s`;
  return took > SLOW_AGENT
    ? warning(found, "start more workers: each call waits for its agent before it rings")
    : ok(found);
}

async function carrier({ carrier, trunks }: DoctorContext): Promise<Finding> {
  const twilio = await carrier();
  if (twilio === null) return ok("Twilio is not configured, and not needed to dial");
  const { active, trial } = await twilio.account();
  if (!active) return failed("the Twilio account is suspended or closed", "see Twilio's console");
  const hosts = await trunks()
    .then((admin) => admin.list())
    .then((all) => all.map(({ address }) => address.toLowerCase().replace(/:\d+$/, "")).filter(isTwilio))
    // Said by a check of its own.
    .catch(() => []);
  for (const host of hosts) {
    if ((await twilio.findTrunk(host)) !== null) continue;
    return failed(
      `the Twilio account has no trunk at ${host}, which LiveKit calls through`,
      "check TWILIO_ACCOUNT_SID, or delete that trunk",
    );
  }
  if (trial)
    return warning("a trial account", "it calls verified numbers only, few at a time: upgrade it in Twilio's console");
  return ok(`the Twilio account is active; ${count(hosts.length, "trunk")} of LiveKit's there`);
}

/** All that are not over, with the reason each gives itself. */
async function unfinished({ campaigns }: DoctorContext): Promise<readonly CampaignReport[]> {
  const all = await campaigns();
  const open = (await all.list()).filter(({ status }) => status !== "completed" && status !== "idle");
  return Promise.all(open.map(({ id }) => all.report(id)));
}

async function runningCampaigns(context: DoctorContext): Promise<Finding> {
  const reports = await unfinished(context);
  const words = reports
    .map(({ campaign, because }) => `"${campaign.name}" ${campaign.status}${because === null ? "" : ` (${because})`}`)
    .join(", ");
  if (reports.length === 0) return ok("no campaign is running");
  if (reports.some(({ campaign }) => campaign.status === "error")) {
    return failed(words, "campaigns status CAMPAIGN says what is wrong; then campaigns resume");
  }
  const running = reports.filter(({ campaign }) => campaign.status === "running");
  if (running.length > 0 && running.every(({ progress }) => progress.runners === 0)) {
    return warning(`${words}; no runner is up`, "campaigns run dials them");
  }
  const overdue = running.filter(({ nextCallAt }) => nextCallAt !== null && nextCallAt < context.clock.now() - HOUR);
  if (overdue.length > 0) return warning(`${words}; nothing happens`, "see whether the runner hangs");
  const paused = reports.length > running.length;
  return paused ? warning(words, "campaigns resume continues a paused campaign") : ok(words);
}

/** Who writes past the triggers that count, also counts past them. */
async function counts({ store }: DoctorContext): Promise<Finding> {
  const wrong = await (await store()).miscounted();
  if (wrong.length === 0) return ok("campaigns say of their calls what a recount of them says");
  const names = wrong.map((name) => `"${name}"`).join(", ");
  return warning(
    `${names}: status tells other numbers of calls than there are`,
    "campaigns pause, then resume counts anew",
  );
}

/** Also of campaigns that are over: their last events may still wait. */
async function webhooks({ store, clock, machine }: DoctorContext): Promise<Finding> {
  const db = await store();
  const told = (await db.listCampaigns()).filter(({ notifyUrl }) => notifyUrl !== undefined);
  const states = await Promise.all(
    told.map(async ({ id, name }) => ({ name, ...(await db.progress(id, clock.now())).notices })),
  );
  const failing = states.filter(({ error, due, givenUp }) => (error !== null && due > 0) || givenUp > 0);
  if (failing.length > 0) {
    const words = failing.map(
      ({ name, due, givenUp, error }) =>
        `"${name}": ${due} events wait, ${givenUp} given up (${error ?? "it answers again"})`,
    );
    return warning(words.join("; "), "see what the receiver says; events are kept for a week");
  }
  if (told.length === 0) return ok("no campaign tells a webhook");
  return machine.settings.set.includes("CAMPAIGNS_WEBHOOK_SECRET")
    ? ok(`${count(told.length, "campaign")} told by webhook; no event is late`)
    : warning(
        `${count(told.length, "campaign")} to be told by webhook, but nothing can be signed here`,
        "set CAMPAIGNS_WEBHOOK_SECRET where run or serve is",
      );
}

async function contacts(context: DoctorContext): Promise<Finding> {
  const reports = await unfinished(context);
  const store = await context.store();
  const empty = reports.filter(({ progress }) => progress.total === 0).map(({ campaign }) => `"${campaign.name}"`);
  if (empty.length > 0)
    return warning(`${empty.join(", ")} without a contact to call`, "look at the contacts of its list or file");
  let [looked, wrong] = [0, 0];
  for (const { campaign } of reports) {
    const { calls } = await store.listCalls({ campaignId: campaign.id, limit: SAMPLE });
    looked += calls.length;
    wrong += calls.filter(
      ({ contact, endReason }) => endReason === "invalid_number" || !parsePhone(contact.phoneNumber).ok,
    ).length;
  }
  if (wrong > 0) {
    return warning(
      `${wrong} of ${looked} contacts looked at have no number that can be called`,
      "campaigns calls CAMPAIGN --status failed shows them",
    );
  }
  return ok(
    looked === 0 ? "no contacts to look at" : `${looked} contacts looked at, all with a number that can be called`,
  );
}

function logs({ machine: { debugging } }: DoctorContext): Finding {
  return ok(
    debugging
      ? "DEBUG is on: what each part does goes to stderr"
      : "DEBUG=campaigns,outbound,livekit prints what each part does, without numbers and secrets",
  );
}
