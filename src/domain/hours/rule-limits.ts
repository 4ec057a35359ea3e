/** What rules demand of us: hours to keep, caps to count, and what of them this program cannot see to. */
import { closesAtOfAll, type Hours, isOpenOfAll, nextOpeningOfAll, type Schedule } from "./local-hours.ts";
import { evesOf, holidaysOf, KNOWN_DATES } from "./holidays.ts";
import { DAY, type Instant } from "../time/instant.ts";
import { CONSENT_LEVELS, type ConsentLevel, isEnough } from "./consent-level.ts";
import { type Rule, type RuleCap, shippedRules } from "./rules.ts";
import { WEEKDAYS } from "./window.ts";

/** The hours that all the rules leave, for nextOpeningOfAll and its like; equal hours of several rules come once. */
export function hoursOf(rules: readonly Rule[], zones: readonly string[]): readonly Hours[] {
  const hours = new Map<string, Hours>();
  for (const rule of rules)
    for (const { schedule, key, zone } of schedulesOf(rule))
      hours.set(key, { schedule, zones: zone === null || zones.length === 0 ? zones : [zone] });
  return [...hours.values()];
}

/** The rules whose hours are closed now. */
export const closedRules = (rules: readonly Rule[], zones: readonly string[], at: Instant): readonly Rule[] =>
  rules.filter((rule) => !isOpenOfAll(hoursOf([rule], zones), at));

/** Of the rules whose hours are closed now, the one that opens last; null: none is closed. */
export function decidingRule(rules: readonly Rule[], zones: readonly string[], at: Instant): Rule | null {
  let deciding: { readonly rule: Rule; readonly opens: Instant } | null = null;
  for (const rule of closedRules(rules, zones, at)) {
    const opens = nextOpeningOfAll(hoursOf([rule], zones), at) ?? Infinity;
    if (deciding === null || opens > deciding.opens) deciding = { rule, opens };
  }
  return deciding?.rule ?? null;
}

const LOOKED_AT = 14 * DAY;

/** Do some hours close, within two weeks, where the others are open? */
export function closesSome(some: readonly Hours[], others: readonly Hours[], at: Instant): boolean {
  const limit = at + LOOKED_AT;
  for (let from = at; from < limit;) {
    const opens = nextOpeningOfAll(others, from);
    if (opens === null || opens >= limit) return false;
    const closes = closesAtOfAll(others, opens) ?? limit;
    if (!isOpenOfAll(some, opens)) return true;
    const shut = closesAtOfAll(some, opens);
    if (shut !== null && shut < Math.min(closes, limit)) return true;
    from = closes;
  }
  return false;
}

/** The first rule that asks for a longer ring than this, in words; null: none does. */
export function shortRing(rules: readonly Rule[], ringSeconds: number): string | null {
  const rule = rules.find(({ minRingSeconds }) => minRingSeconds !== null && ringSeconds < minRingSeconds);
  if (rule === undefined) return null;
  return `rule ${rule.id} (${rule.name}) asks for ${rule.minRingSeconds} s of ringing, and the phone would ring for ${ringSeconds} s`;
}

interface RuleSchedule {
  readonly schedule: Schedule;
  /** A clock of its own, whatever the contact's; null: the contact's. */
  readonly zone: string | null;
  readonly key: string;
}

/** They hang on the rule alone. */
const kept = new WeakMap<Rule, readonly RuleSchedule[]>();

function schedulesOf(rule: Rule): readonly RuleSchedule[] {
  const known = kept.get(rule);
  if (known !== undefined) return known;
  const since = rule.effectiveFrom === null ? {} : { since: rule.effectiveFrom };
  const holidays = rule.calendar === null ? {} : { holidays: holidaysOf(rule.calendar), known: KNOWN_DATES };
  const main: Schedule = {
    windows: rule.flags.some((flag) => flag.startsWith(PROHIBITED)) ? [] : rule.windows,
    ...holidays,
    ...since,
  };
  const all: { schedule: Schedule; zone: string | null }[] = [{ schedule: main, zone: null }];
  // The statute means the clock that does not change in summer; the callee reads the one that does. Both must agree.
  if (rule.flags.includes(STANDARD_TIME)) all.push({ schedule: main, zone: "Etc/GMT+6" });
  if (rule.flags.includes(EVES) && rule.calendar !== null) {
    const shorter = [{ days: WEEKDAYS, start: 10 * 60, end: 19 * 60 }];
    all.push({ schedule: { windows: shorter, only: evesOf(rule.calendar), ...since }, zone: null });
  }
  const schedules = all.map((entry) => ({ ...entry, key: JSON.stringify(entry) }));
  kept.set(rule, schedules);
  return schedules;
}

const STANDARD_TIME = "zone_central_standard_time";
const EVES = "eve_of_holiday_10_19";
/** Flags that begin so refuse every call. */
const PROHIBITED = "prohibited_";

/** What a consent must be for a call to a place. */
export interface ConsentAsked {
  /** Any of these levels is enough. */
  readonly levels: readonly ConsentLevel[];
  /** Days after which it is void; null: as it says itself. */
  readonly maxDays: number | null;
}

/** The strictest of all rules; null: none asks for a consent. */
export function consentAsked(rules: readonly Rule[]): ConsentAsked | null {
  const least = rules.flatMap(({ consentLevel }) => consentLevel ?? []);
  const days = rules.flatMap(({ consentMaxDays }) => consentMaxDays ?? []);
  if (least.length + days.length === 0) return null;
  const levels = CONSENT_LEVELS.filter((level) => least.every((asked) => isEnough(level, asked)));
  return { levels, maxDays: days.length === 0 ? null : Math.min(...days) };
}

/** So many dials of one number within so long; max 0 is none at all. */
export interface Cap {
  /** The id of the rule; of the first, when several say the same. */
  readonly rule: string;
  readonly max: number;
  /** Milliseconds back from now. */
  readonly within: number;
  /** refusal: only the dials after the callee has declined interest count, so max 0 is a rest from then on. */
  readonly after: "any" | "refusal";
  /** Only what the campaign's owner and the installation dialed counts. Left out: what anybody did. */
  readonly own?: true;
}

/**
 * How our own records count for each scope. Persons, subjects, sellers and debts are not told apart: a number is all
 * of them, which counts too many calls and never too few. null: our records cannot tell.
 */
const COUNTED: Readonly<Record<RuleCap["scope"], Cap["after"] | null>> = {
  number: "any",
  "called_party+subject": "any",
  "consumer+seller": "any",
  "person+debt": "any",
  after_refusal: "refusal",
  after_conversation_about_debt: null,
};

/** The caps to keep, each once. They hold before the date of the rule as well: that is only stricter. */
export function capsOf(rules: readonly Rule[]): readonly Cap[] {
  const caps = new Map<string, Cap>();
  for (const rule of rules)
    for (const { max, within, scope } of rule.caps) {
      const after = COUNTED[scope];
      const key = `${max} ${within} ${after}`;
      if (after !== null && !caps.has(key)) caps.set(key, { rule: rule.id, max, within, after });
    }
  return [...caps.values()];
}

/** A number's history with us that caps count. */
export interface NumberHistory {
  /** Dials that may have rung. */
  readonly dials: readonly Instant[];
  /** Of these, those of the campaign's owner and of the installation. */
  readonly ownDials: readonly Instant[];
  /** When the callee declined interest. */
  readonly refusals: readonly Instant[];
}

/** Until when caps forbid another dial, and the rule that does; null: none does. */
export function heldUntil(
  caps: readonly Cap[],
  { dials, ownDials, refusals }: NumberHistory,
  now: Instant,
): { readonly until: Instant; readonly rule: string } | null {
  let held: { until: Instant; rule: string } | null = null;
  for (const { max, within, after, rule, own } of caps) {
    const refused = after === "refusal" ? Math.max(...refusals.filter((at) => at > now - within)) : -Infinity;
    if (after === "refusal" && refused === -Infinity) continue;
    const counted = (own === true ? ownDials : dials)
      .filter((at) => at > Math.max(now - within, refused))
      .toSorted((a, b) => b - a);
    if (counted.length < max) continue;
    // The dial that has to grow old before there is room again; with none allowed at all, the refusal itself.
    const until = (max === 0 ? (after === "refusal" ? refused : now) : (counted[max - 1] ?? now)) + within;
    if (held === null || until > held.until) held = { until, rule };
  }
  return held;
}

const enforced = (flag: string): boolean => flag === STANDARD_TIME || flag === EVES || flag.startsWith(PROHIBITED);

/** What a rule says that this program does not see to: the operator has to. */
export function notEnforced(rule: Rule): readonly string[] {
  return [
    ...rule.caps.filter(({ scope }) => COUNTED[scope] === null).map(({ max, scope }) => `cap of ${max} ${scope}`),
    ...rule.flags.filter((flag) => !enforced(flag)),
  ].map((words) => words.replaceAll("_", " "));
}

/** How far back the rules that we know count calls to a number, milliseconds. */
export const longestMemory = (): number => Math.max(...capsOf(shippedRules().rules).map(({ within }) => within));
