/** What a start would come to, shown before it may be made: a start names the plan that was shown, and it must still hold. */
import { createHash } from "node:crypto";
import { shippedRules } from "../../domain/hours/rules.ts";
import { Refused } from "../../engine/errors.ts";
import type { Preflight } from "../../engine/manage/preflight.ts";
import { preflightJson } from "../../json/preflight.ts";
import { settingsJson } from "../../json/settings.ts";
import { staleRules } from "../render/preflight.ts";
import type { Session } from "../session.ts";
import { trunkNamed } from "../trunk.ts";

/** Plans of one conversation. */
const KEPT = 1000;

type Fields = Readonly<Record<string, unknown>>;

export class Plans {
  readonly #session: Session;
  readonly #shown = new Map<string, Fields>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Whom the campaign would call, and the hash of all that decides it. */
  async show(ref: string): Promise<object> {
    const { session, preflight } = await this.#look(ref);
    const { campaign } = preflight;
    const fields = this.#fields(preflight);
    const plan = createHash("sha256").update(JSON.stringify(fields)).digest("hex").slice(0, 32);
    if (this.#shown.size >= KEPT) this.#shown.clear();
    this.#shown.set(plan, fields);
    const stale = campaign.rulesTable === null ? staleRules(shippedRules(), session.clock.now()) : null;
    const warnings = await (await session.campaigns()).callerWarnings(campaign.id);
    return {
      plan,
      campaign: { id: campaign.id, name: campaign.name, execution_status: campaign.status },
      settings: settingsJson(campaign),
      preflight: preflightJson(preflight),
      dials_at_once: fields["dials_at_once"],
      warnings: [...warnings, ...(stale === null ? [] : [stale])],
    };
  }

  /** The id of the campaign. Throws Refused where no such plan was shown, or not all of it holds any more. */
  async confirm(ref: string, plan: string): Promise<string> {
    const shown = this.#shown.get(plan);
    if (shown === undefined) throw new Refused("unknown_plan", "expected the plan that plan_campaign has shown", AGAIN);
    const { preflight } = await this.#look(ref);
    const now = this.#fields(preflight);
    const changed = Object.keys({ ...shown, ...now }).filter(
      (field) => JSON.stringify(shown[field]) !== JSON.stringify(now[field]),
    );
    if (changed.includes("id")) throw new Refused("other_campaign", "the plan is another campaign's", AGAIN);
    if (changed.length === 0) return preflight.campaign.id;
    const what = changed.map((field) => `${field}: was ${spelled(shown[field])}, is ${spelled(now[field])}`);
    throw new Refused("plan_changed", ["what was shown has changed since:", ...what], AGAIN);
  }

  async #look(ref: string): Promise<{ readonly session: Session; readonly preflight: Preflight }> {
    const preflight = await (await this.#session.campaigns()).preflight(ref);
    const { trunkId } = preflight.campaign;
    if (trunkId !== null) await trunkNamed(trunkId, this.#session);
    return { session: this.#session, preflight };
  }

  /** All that decides who is called. Of the times only whether phones ring at once: a plan is not to age by the second. */
  #fields(preflight: Preflight): Fields {
    const { campaign } = preflight;
    const { first_dial_at: _first, through_at: _through, ...people } = preflightJson(preflight);
    const { firstDialAt } = preflight;
    return {
      id: campaign.id,
      execution_status: campaign.status,
      ...settingsJson(campaign),
      rules_table: campaign.rulesTable,
      ...people,
      dials_at_once: firstDialAt !== null && firstDialAt <= this.#session.clock.now(),
    };
  }
}

const AGAIN = { hint: "show plan_campaign's answer to the operator, and start with its plan" };

const LONGEST = 200;
function spelled(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
