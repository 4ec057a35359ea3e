/**
 * When a campaign may call somebody: its own hours, the hours on every clock the contact may live by, and the local
 * rules there, all open at once, and for as long as the phone may ring. A place that is unknown is never open: where a check cannot be made, the call is not made.
 */
import { DEFAULT_RULES, parseRuleChoice, type RuleChoice, rulesFor, withStates } from "./rule-choice.ts";
import {
  closesAtOfAll,
  formatWindow,
  formatWindows,
  type Hours,
  isOpenOfAll,
  nextOpeningOfAll,
  type Window,
} from "./local-hours.ts";
import { type Instant, SECOND } from "../time/instant.ts";
import {
  type Cap,
  capsOf,
  closesSome,
  type ConsentAsked,
  consentAsked,
  decidingRule,
  hoursOf,
  shortRing,
} from "./rule-limits.ts";
import { parseRules, type Rule, type RuleTable, shippedRules } from "./rules.ts";
import { parsePlace } from "../phones/place.ts";

/** What a campaign says about when it may call. */
export interface CallingHoursSettings {
  readonly window: Window;
  /** Further windows on the same days, any of which may be open instead. */
  readonly moreWindows?: readonly Window[];
  /** Dials of one number that the operator allows, by all campaigns of the owner. Left out: as many as the rules do. */
  readonly maxPerContact?: Pick<Cap, "max" | "within">;
  /** IANA name; the clock of `window` and of the daily cap. */
  readonly timeZone: string;
  /** Must `window` be open on the contact's clock as well? */
  readonly hoursIn: "contact" | "campaign";
  /** Local calling rules, as parseRuleChoice reads them; empty: the national rule of the contact's country. */
  readonly rules: string;
  /** The operator's own table of rules, as JSON; null: the one that the program brings. */
  readonly rulesTable: string | null;
  /** Whole seconds a phone rings before it counts as not answered, 5 to 60. */
  readonly ringSeconds: number;
}

interface Spot {
  readonly zones: readonly string[];
  readonly rules: readonly Rule[];
  readonly hours: readonly Hours[];
  readonly caps: readonly Cap[];
  /** Why it is never open, in words; null: it is open now and then, as far as anybody knows. */
  readonly closed: string | null;
  /** Does a rule there ask for a longer ring than the campaign's? In words. */
  readonly ringTooShort: string | null;
}

/** What was found out last: nothing opens after `from` and before `opening`. */
interface Found {
  readonly from: Instant;
  readonly opening: Instant | null;
}

export class CallingHours {
  readonly #settings: CallingHoursSettings;
  readonly #table: RuleTable;
  readonly #choice: RuleChoice;
  // Both hang on the settings alone, so keeping them changes no answer.
  readonly #spots = new Map<string, Spot>();
  readonly #found = new Map<string, Found>();

  /** Throws InvalidRules when the campaign's rules cannot be read. */
  constructor(settings: CallingHoursSettings) {
    this.#settings = settings;
    this.#table = settings.rulesTable === null ? shippedRules() : parseRules(JSON.parse(settings.rulesTable));
    this.#choice = settings.rules === "" ? DEFAULT_RULES : parseRuleChoice(settings.rules, this.#table);
  }

  /** May a phone at this place be rung now, and ring to its end? */
  isOpen(place: string, at: Instant): boolean {
    return this.next(place, at) === at;
  }

  /** Is it known what the clock shows there, or does nobody need to know? */
  knows(place: string): boolean {
    return this.#spot(place).closed !== UNKNOWN_ZONE;
  }

  /** The earliest instant from `at` on when a phone at this place may be rung; null: never. */
  next(place: string, at: Instant): Instant | null {
    const known = this.#found.get(place);
    if (known !== undefined && known.from <= at && (known.opening === null || at <= known.opening)) {
      return known.opening;
    }
    const opening = this.#search(this.#spot(place), at);
    this.#found.set(place, { from: at, opening });
    return opening;
  }

  /** The last instant, from `at` on, at which a phone at this place may be rung in one go; null: not now, or no end in sight. */
  closes(place: string, at: Instant): Instant | null {
    if (!this.isOpen(place, at)) return null;
    const closing = closesAtOfAll(this.#spot(place).hours, at);
    return closing === null ? null : closing - this.#settings.ringSeconds * SECOND;
  }

  /** Is there any rule at all that asks for a longer ring than the campaign's? */
  get ringMayBeTooShort(): boolean {
    return shortRing(this.#table.rules, this.#settings.ringSeconds) !== null;
  }

  /** The rule there that asks for a longer ring than the campaign's, in words; null: none does. */
  ringTooShort(place: string): string | null {
    return this.#spot(place).ringTooShort;
  }

  /** Would the rows of the states there close hours that the chosen rows leave open in the next two weeks? */
  stateRowsClose(place: string, at: Instant): boolean {
    const { rules, zones } = this.#spot(place);
    if (zones.length === 0) return false;
    const further = rulesFor(this.#table, withStates(this.#choice, this.#table), parsePlace(place)).filter(
      (rule) => rule.state !== null && !rules.includes(rule),
    );
    return further.length > 0 && closesSome(hoursOf(further, zones), hoursOf(rules, zones), at);
  }

  /** The consent that the rules there ask for before a call; null: they ask for none. */
  consentAsked(place: string): ConsentAsked | null {
    return consentAsked(this.#spot(place).rules);
  }

  caps(place: string): readonly Cap[] {
    return this.#spot(place).caps;
  }

  /** What keeps a phone at this place from being rung now, one reason each; none: it may be. */
  why(place: string, at: Instant): readonly string[] {
    const { closed, zones, rules } = this.#spot(place);
    if (closed !== null) return [closed];
    if (this.isOpen(place, at)) return [];
    const { window, moreWindows = [], timeZone } = this.#settings;
    const reasons: string[] = [];
    const shut = (zone: string): boolean =>
      !isOpenOfAll([{ schedule: { windows: [window, ...moreWindows] }, zones: [zone] }], at);
    const hours = everyDay(formatWindows(window, moreWindows));
    if (shut(timeZone)) reasons.push(`outside ${hours} on the campaign's clock, ${timeZone}`);
    if (this.#settings.hoursIn === "contact") {
      const elsewhere = zones.filter((zone) => zone !== timeZone && shut(zone));
      if (elsewhere.length > 0) reasons.push(`outside ${hours} on the contact's clock, ${few(elsewhere)}`);
    }
    const deciding = decidingRule(rules, zones, at);
    if (deciding !== null) {
      const { id, name, windows } = deciding;
      reasons.push(`rule ${id} (${name}) allows ${windows.map(inWords).join(" and ")} there`);
    }
    return reasons.length > 0 ? reasons : ["too little is left of the calling hours for the phone to ring"];
  }

  #search({ hours, closed }: Spot, at: Instant): Instant | null {
    if (closed !== null) return null;
    const ring = this.#settings.ringSeconds * SECOND;
    for (let from = at; ;) {
      const opening = nextOpeningOfAll(hours, from);
      if (opening === null) return null;
      const closing = closesAtOfAll(hours, opening);
      if (closing === null || closing - opening >= ring) return opening;
      from = closing;
    }
  }

  #spot(place: string): Spot {
    let spot = this.#spots.get(place);
    if (spot === undefined) this.#spots.set(place, (spot = this.#lookUp(place)));
    return spot;
  }

  #lookUp(key: string): Spot {
    const { window, moreWindows = [], timeZone, hoursIn, maxPerContact } = this.#settings;
    const place = parsePlace(key);
    const { zones } = place;
    const rules = rulesFor(this.#table, this.#choice, place);
    const schedule = { windows: [window, ...moreWindows] };
    const own: Cap[] =
      maxPerContact === undefined ? [] : [{ rule: OWN_CAP, after: "any", own: true, ...maxPerContact }];
    const hours = [
      { schedule, zones: [timeZone] },
      ...(hoursIn === "contact" ? [{ schedule, zones }] : []),
      ...hoursOf(rules, zones),
    ];
    const ringTooShort = shortRing(rules, this.#settings.ringSeconds);
    const closed = this.#needsClock && zones.length === 0 ? UNKNOWN_ZONE : ringTooShort;
    return { zones, rules, hours, caps: [...capsOf(rules), ...own], closed, ringTooShort };
  }

  /** Only a campaign that asks for neither the contact's hours nor any rule may call without knowing the clock there. */
  get #needsClock(): boolean {
    const { defaults, countries, rows } = this.#choice;
    return this.#settings.hoursIn === "contact" || defaults || Object.keys(countries).length + rows.length > 0;
  }
}

/** What holds a contact that has been called as often as the operator allows. */
const OWN_CAP = "max-per-contact";
const UNKNOWN_ZONE = "nobody knows the time zone of the number";

const few = (zones: readonly string[]): string =>
  zones.length <= 3 ? zones.join(", ") : `${zones.slice(0, 2).join(", ")} and ${zones.length - 2} more`;

/** `all` is for flags and files. */
const everyDay = (hours: string): string => hours.replace(/^all /, "every day ");
const inWords = (window: Window): string => everyDay(formatWindow(window));

/** Do two campaigns, or one at two times, say the same about when they may call? */
export const saysTheSame = (one: CallingHoursSettings, other: CallingHoursSettings): boolean =>
  one.timeZone === other.timeZone &&
  one.hoursIn === other.hoursIn &&
  one.rules === other.rules &&
  one.rulesTable === other.rulesTable &&
  one.ringSeconds === other.ringSeconds &&
  said(one) === said(other);

const said = ({ window, moreWindows, maxPerContact }: CallingHoursSettings): string =>
  JSON.stringify([window, moreWindows ?? [], maxPerContact ?? null]);
