/** What the doctor looks at around the store: a file of this machine, or a project that many machines share. */
import { MINUTE, SECOND, type Instant } from "../../domain/time/instant.ts";
import { type Check, type DoctorContext, failed, type Finding, ok, warning } from "./doctor.ts";
import { Unavailable } from "../errors.ts";
import type { Clock } from "../ports/index.ts";

const GIB = 2 ** 30;
/** LiveKit and Supabase let a token be this much too old or too new. */
const TOKEN_LEEWAY = MINUTE;
/** No campaign, runner or number is called that: what is asked to change changes nothing. */
const NOBODY = "00000000-0000-4000-8000-000000000000";

export const FILE_CHECKS: readonly Check[] = [
  { name: "database", run: database },
  { name: "schema", needs: ["database"], run: schema },
  { name: "permissions", run: filePermissions },
  { name: "encryption", needs: ["database"], run: encryption },
  { name: "copies", needs: ["encryption"], run: copies },
  { name: "disk space", run: diskSpace },
];

export const PROJECT_CHECKS: readonly Check[] = [
  { name: "database", timeout: 20 * SECOND, run: database },
  { name: "schema", needs: ["database"], run: schema },
  { name: "permissions", needs: ["schema"], run: projectPermissions },
  { name: "encryption", needs: ["schema"], run: encryption },
  { name: "db clock", needs: ["database"], run: projectClock },
];

const FOR_OTHERS = 0o077;

/** A file of settings without a secret is nobody's loss. */
export async function fileModes({ machine }: DoctorContext): Promise<Finding> {
  const { database, envFile } = machine;
  const files = [database, envFile?.secret === true ? envFile.path : null].filter((path) => path !== null);
  const modes = await Promise.all(files.map(async (path) => ({ path, mode: await machine.mode(path) })));
  const open = modes.filter(({ mode }) => mode !== null && (mode & FOR_OTHERS) !== 0).map(({ path }) => path);
  if (open.length > 0) {
    return warning(`other users of this machine can read ${open.join(" and ")}`, `chmod 600 ${open.join(" ")}`);
  }
  return ok(files.length === 0 ? "no file here holds a secret" : `only its owner can read ${files.join(" and ")}`);
}

/** A database of another schema answers: that is for the next check to say. */
const isSchema = (error: unknown): boolean => error instanceof Unavailable && error.code === "schema_version";

async function database({ store, machine }: DoctorContext): Promise<Finding> {
  try {
    await (await store()).listCampaigns("running");
  } catch (error) {
    if (!isSchema(error)) throw error;
  }
  return ok(`${machine.database ?? "the Supabase project"} answers`);
}

async function schema({ store }: DoctorContext): Promise<Finding> {
  await (await store()).listCampaigns("running");
  return ok("the database has this program's schema");
}

async function filePermissions({ machine }: DoctorContext): Promise<Finding> {
  const { database } = machine;
  return database === null || (await machine.isWritable(database))
    ? ok("the database and its directory can be written")
    : failed(`${database} or its directory cannot be written`, "make both yours, or name another file with --db");
}

/** Ways of reading and writing that a run needs, asked about what is not there. None takes anything over. */
async function projectPermissions({ store, clock }: DoctorContext): Promise<Finding> {
  const db = await store();
  await db.setNextCallAt(NOBODY, null);
  await db.setOutcome(NOBODY, "callback", null, clock.now());
  await db.endLease(NOBODY);
  await db.othersLeases(NOBODY);
  await db.unassignNumber(NOBODY);
  await db.listNumbers();
  await db.trunkLimits();
  await db.doNotCall(NOBODY, clock.now());
  return ok("the service role may read and write campaigns, calls, runners, numbers");
}

/** Without a key that the file needs, the database itself does not answer. */
async function encryption({ machine }: DoctorContext): Promise<Finding> {
  const { state, key } = await machine.encryption();
  if (state === "plain") return ok("contact data is not encrypted (campaigns keys)");
  if (state === "sealed") return ok(`contact data is encrypted with key ${key}`);
  const command = state === "encrypting" ? "encrypt" : state === "decrypting" ? "decrypt" : "rotate";
  return warning(
    `contact data is ${state}, and nobody is called until that is finished`,
    `campaigns keys ${command} finishes it`,
  );
}

/** A way back for a while; later whoever was erased is in them still, and what was encrypted since is plain. */
async function copies({ machine }: DoctorContext): Promise<Finding> {
  const [found, { state }] = [await machine.copies(), await machine.encryption()];
  if (found.length === 0) return ok("restore has left no copy beside the database");
  const plain = state === "plain" ? [] : found.filter(({ encrypted }) => encrypted !== true);
  const names = (files: typeof found): string => files.map(({ file }) => file).join(", ");
  const todo = "remove each, with -wal and -shm beside it, once you need no way back";
  return plain.length > 0
    ? warning(`restore left copies beside the database that are not encrypted: ${names(plain)}`, todo)
    : warning(`what was stored before an earlier restore is still in ${names(found)}`, todo);
}

async function diskSpace({ machine }: DoctorContext): Promise<Finding> {
  const { database } = machine;
  const gib = database === null ? Infinity : (await machine.freeBytes(database)) / GIB;
  const found = `${gib.toFixed(1)} GiB free where the database is`;
  if (gib < 0.1) return failed(found, "make room: a full disk stops every campaign");
  return gib < 1 ? warning(found, "make room soon: a full disk stops every campaign") : ok(found);
}

async function projectClock({ project, clock }: DoctorContext): Promise<Finding> {
  const asked = await project();
  return compareClocks("the project's", () => asked.serverTime(), clock);
}

/** `theirTime` answers in whole seconds, read somewhere between question and answer. */
export async function compareClocks(whose: string, theirTime: () => Promise<Instant>, clock: Clock): Promise<Finding> {
  const asked = clock.now();
  const theirs = await theirTime();
  const answered = clock.now();
  const ahead = Math.max(asked - (theirs + SECOND), theirs - answered, 0);
  if (ahead === 0) return ok(`this clock and ${whose} agree`);
  const found = `this clock and ${whose} are ${Math.ceil(ahead / SECOND)} s apart`;
  const todo = "set this machine's clock by NTP: calling hours and access tokens go by it";
  if (ahead >= TOKEN_LEEWAY) return failed(found, todo);
  return ahead > 2 * SECOND ? warning(found, todo) : ok(found);
}
