/**
 * What an operator says about a campaign → CampaignSettings, with the defaults. All that is wrong is collected and said
 * at once. Command line, REST and library share it.
 */
import { type Budget, parseBudget } from "../../domain/calls/budget.ts";
import { InvalidPrices, parsePrices } from "../../domain/calls/price-table.ts";
import { MISSED_CALLBACK } from "../../domain/calls/callback.ts";
import { isVisible } from "../../domain/text/visible.ts";
import { readClock } from "../../domain/time/zone.ts";
import type { CampaignSettings, ContactSource } from "../../domain/calls/campaign.ts";
import { formatRuleChoice, parseRuleChoice, rulesFor } from "../../domain/hours/rule-choice.ts";
import { parseDialLimit } from "../../domain/hours/dial-limit.ts";
import { intervalOf } from "../../domain/calls/pace.ts";
import { longestMemory, shortRing } from "../../domain/hours/rule-limits.ts";
import { formatDuration, parseDuration } from "../../domain/time/duration.ts";
import { InvalidHours, parseDays, parseWindows } from "../../domain/hours/local-hours.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../domain/time/instant.ts";
import { PHONE_PROBLEMS } from "../../domain/phones/parsed-phone.ts";
import { isDisplayName, parseHeaders } from "../../domain/calls/sip-headers.ts";
import { ON_VOICEMAIL } from "../../domain/calls/retry.ts";
import { parseRecordingPlan } from "../../domain/calls/recording.ts";
import { EXPECTATIONS } from "../../domain/calls/refusals.ts";
import { parsePhone } from "../../domain/phones/phone.ts";
import { InvalidRules, parseRules, type RuleTable, shippedRules } from "../../domain/hours/rules.ts";
import { Misused } from "../errors.ts";

/** As written: `hours: "9-17"`, `delay: "2s"`. Everything but name and assistant may be left out. */
export interface CampaignInput {
  readonly name: string;
  readonly assistant: string;
  readonly assistantName?: string | undefined;
  readonly prompt?: string | undefined;
  /** Dials per local day. Default 100. */
  readonly dailyCap?: number | string | undefined;
  /** Default mon-fri. */
  readonly days?: string | undefined;
  /** `9-17`, `9:30-17:15`, several windows such as `9-12,14-18`. Default 9-17. */
  readonly hours?: string | undefined;
  /** Default: the machine's. */
  readonly timezone?: string | undefined;
  /** Default 10. */
  readonly concurrency?: number | string | undefined;
  /** From one dial to the next. Default 2s; not together with `cps`. */
  readonly delay?: string | undefined;
  /** Dials per second. */
  readonly cps?: number | string | undefined;
  /** Default 1. */
  readonly maxAttempts?: number | string | undefined;
  /** One or a list, such as 30m,2h,1d. Default 30m. */
  readonly retryAfter?: string | undefined;
  /** 5s to 60s. Default 45s. */
  readonly ring?: string | undefined;
  /** Default 30m. */
  readonly maxDuration?: string | undefined;
  /** An agent that leaves sooner is lost. Default 15s. */
  readonly minTalk?: string | undefined;
  /** Also call again those whose agent was lost. */
  readonly retryAgentLost?: boolean | undefined;
  /** What is done when a voicemail answers: retry (default), message or hang-up. */
  readonly onVoicemail?: string | undefined;
  /** What the agent is to say to a voicemail, once for each contact. */
  readonly voicemailMessage?: string | undefined;
  /** From a voicemail to the next attempt. Default: as `retryAfter`. */
  readonly voicemailAfter?: string | undefined;
  /** normal or low. */
  readonly expectAnswers?: string | undefined;
  readonly missedCallback?: string | undefined;
  readonly trunk?: string | undefined;
  /** The only caller IDs to use, E.164 with commas between. Default: all numbers of the assistant, else the trunk's own. */
  readonly from?: string | undefined;
  /** Must calling hours be open on the contact's clock as well as on the campaign's? `contact` (default) or `campaign`. */
  readonly hoursIn?: string | undefined;
  /** Local calling rules: `us`, `us-strict`, `gb` …, lists of them, `none`. Default: the national rule of each contact's country. */
  readonly rules?: string | undefined;
  /** A table of rules in JSON that replaces the one of the program, for this campaign. */
  readonly rulesTable?: string | undefined;
  /** Call only those who have consented, provably and still. */
  readonly requireConsent?: boolean | undefined;
  /** What the calls are for, as consents say it. Default marketing. */
  readonly purpose?: string | undefined;
  /** Do-not-call lists without which nobody is called, with commas between, such as ftc. Default: none. */
  readonly needsDnc?: string | undefined;
  /** How old these may be. Default 31d. */
  readonly maxAge?: string | undefined;
  /** Dials of one number by all campaigns of the owner, such as 3/7d. Default: as many as the rules allow. */
  readonly maxPerContact?: string | undefined;
  /** The caller's name for the carrier; empty: none is sent. Default: the caller ID, as LiveKit does it. */
  readonly displayName?: string | undefined;
  /** Of answered calls, how many callees may end within 6 s before the campaign pauses, such as 40%. Default 25%; 100%: all. */
  readonly usualHangUps?: string | undefined;
  /** `file`, `file:PREFIX` or `s3://BUCKET/PREFIX`, and `required`. Default: calls are not recorded. */
  readonly record?: readonly string[] | undefined;
  /** What its calls may cost: `50`, `50 EUR`. Default: what they cost. */
  readonly budget?: number | string | undefined;
  /** What they cost, as a table: price-table.ts. With `budget`. */
  readonly prices?: string | undefined;
  /** The https address that is told of its events. Default: nobody is. */
  readonly notify?: string | undefined;
  /** How long after its end it knows whom it called, such as 90d. Default: until somebody purges. */
  readonly retention?: string | undefined;
  /** Each `NAME=VALUE`, sent with every INVITE. */
  readonly header?: readonly string[] | undefined;
}

const DEFAULTS = {
  dailyCap: 100,
  days: "mon-fri",
  hours: "9-17",
  concurrency: 10,
  delay: "2s",
  maxAttempts: 1,
  retryAfter: "30m",
  ring: "45s",
  maxDuration: "30m",
  minTalk: "15s",
  maxAge: "31d",
} as const;

const LONGEST_RETENTION = 3660 * DAY;

const durationWanted = (least: number, most: number): string =>
  `a duration from ${formatDuration(least)} to ${formatDuration(most)}, such as ${least < HOUR ? "2s or 30m" : "90d"}`;

/** `machineZone`: the time zone to assume when none is given. Throws Misused with every problem found. */
export function parseSettings(input: CampaignInput, source: ContactSource, machineZone: string): CampaignSettings {
  const problems: string[] = [];
  const check = <T>(
    name: string,
    expected: string,
    got: string | number | undefined,
    parse: () => T | null,
  ): T | null => {
    let value: T | null = null;
    let wanted = expected;
    try {
      value = parse();
    } catch (error) {
      if (error instanceof InvalidRules) {
        problems.push(...error.problems.map((problem) => `${name}: ${problem}`));
        return null;
      }
      if (!(error instanceof InvalidHours)) throw error;
      wanted = error.message.replace(/^expected /, "").replace(/, got .*$/, "");
    }
    if (value === null) problems.push(`${name}: expected ${wanted}, got ${JSON.stringify(got)}`);
    return value;
  };
  const text = (name: string, value: string): string | null =>
    check(name, value.trim() === "" ? "some text" : "text without line breaks and control characters", value, () =>
      value.trim() !== "" && isVisible(value.trim()) ? value.trim() : null,
    );
  const whole = (name: string, value: number | string, least: number, most: number): number | null =>
    check(name, `a whole number from ${least} to ${most}`, value, () => {
      const number = typeof value === "string" && value.trim() === "" ? NaN : Number(value);
      return Number.isInteger(number) && number >= least && number <= most ? number : null;
    });
  const duration = (name: string, value: string, least: number, most: number): number | null =>
    check(name, durationWanted(least, most), value, () => within(parseDuration(value), least, most));

  const name = text("name", input.name);
  const assistantId = text("assistant", input.assistant);
  const assistantName = input.assistantName === undefined ? null : text("assistant name", input.assistantName);
  const hours = input.hours ?? DEFAULTS.hours;
  const openings = check("hours", "hours such as 9-17", hours, () => parseWindows(hours));
  const days = check("days", "days such as mon-fri", input.days, () => parseDays(input.days ?? DEFAULTS.days));
  const timeZone = readClock(input.timezone ?? machineZone);
  if (timeZone === null)
    problems.push(
      input.timezone === undefined
        ? `timezone: expected an IANA time zone such as Europe/London, but TZ, this machine's time zone, is "${machineZone}": use --timezone`
        : `timezone: expected an IANA time zone such as Europe/London, got "${input.timezone}"`,
    );
  const dailyCap = whole("daily cap", input.dailyCap ?? DEFAULTS.dailyCap, 1, 10_000_000);
  const atOnce = whole("concurrency", input.concurrency ?? DEFAULTS.concurrency, 1, 10_000);
  const maxAttempts = whole("max attempts", input.maxAttempts ?? DEFAULTS.maxAttempts, 1, 100);
  const { delay: delayText, cps } = input;
  if (cps !== undefined && delayText !== undefined) problems.push("delay and cps: expected one of them, got both");
  const delay =
    cps === undefined
      ? duration("delay", delayText ?? DEFAULTS.delay, 0, DAY)
      : check("cps", "a number above 0 up to 1000", cps, () => intervalOf(Number(cps)));
  const after = (input.retryAfter ?? DEFAULTS.retryAfter)
    .split(",")
    .map((each) => duration("retry after", each, SECOND, 60 * DAY));
  const ring = duration("ring", input.ring ?? DEFAULTS.ring, 5 * SECOND, MINUTE);
  const maxDuration = duration("max duration", input.maxDuration ?? DEFAULTS.maxDuration, 10 * SECOND, 24 * HOUR);
  if (ring !== null && maxDuration !== null && maxDuration < ring) {
    problems.push(
      `max duration: expected at least the ring of ${formatDuration(ring)}, got ${formatDuration(maxDuration)}`,
    );
  }
  const minTalk = duration("min talk", input.minTalk ?? DEFAULTS.minTalk, 0, HOUR);
  const expectAnswers = check("expect answers", EXPECTATIONS.join(" or "), input.expectAnswers, () => {
    const { expectAnswers = "normal" } = input;
    return EXPECTATIONS.find((each) => each === expectAnswers) ?? null;
  });

  const { onVoicemail = "retry", voicemailMessage } = input;
  const onMachine = check("on voicemail", "retry, message or hang-up", onVoicemail, () => {
    const does = onVoicemail.replaceAll("-", "_");
    return ON_VOICEMAIL.find((each) => each === does) ?? null;
  });
  if ((onMachine === "message") !== (voicemailMessage !== undefined && voicemailMessage.trim() !== "")) {
    problems.push(
      onMachine === "message"
        ? "voicemail message: expected what the agent is to say, got nothing"
        : "voicemail message: expected only together with on voicemail: message",
    );
  }
  const voicemailAfter =
    input.voicemailAfter === undefined ? null : duration("voicemail after", input.voicemailAfter, SECOND, 60 * DAY);
  const missedCallback = check("missed callback", MISSED_CALLBACK.join(", "), input.missedCallback, () => {
    const { missedCallback = "next-day" } = input;
    return MISSED_CALLBACK.find((each) => each === missedCallback) ?? null;
  });

  const hoursIn = check("hours in", "contact or campaign", input.hoursIn, () => {
    const { hoursIn = "contact" } = input;
    return hoursIn === "contact" || hoursIn === "campaign" ? hoursIn : null;
  });
  const table = check("rules file", "a table of rules", "", () =>
    input.rulesTable === undefined ? shippedRules() : readTable(input.rulesTable),
  );
  const rules =
    table === null || input.rules === undefined
      ? ""
      : check("rules", "rules", input.rules, () => formatRuleChoice(parseRuleChoice(input.rules ?? "", table)));

  if (table !== null && rules !== null && rules !== "" && ring !== null) {
    const choice = parseRuleChoice(rules, table);
    const held = Object.keys(choice.countries).flatMap((country) =>
      rulesFor(table, choice, { country, state: null, zones: [] }),
    );
    const short = shortRing(held, Math.round(ring / SECOND));
    if (short !== null) problems.push(`ring: ${short}`);
  }

  const sources = input.needsDnc?.split(",").map((source) => source.trim());
  if (sources?.every((source) => source !== "" && isVisible(source)) === false)
    problems.push("needs dnc: expected names of do-not-call lists with commas between, such as ftc,tps");
  const maxAge = duration("max age", input.maxAge ?? DEFAULTS.maxAge, HOUR, 366 * DAY);
  if (input.maxAge !== undefined && sources === undefined)
    problems.push("max age: expected the lists it is about, such as --needs-dnc ftc, got none");

  const retention =
    input.retention === undefined ? null : duration("retention", input.retention, longestMemory(), LONGEST_RETENTION);

  const budget = budgetOf(input, problems);
  const purpose = input.purpose === undefined ? null : text("purpose", input.purpose);
  const maxPerContact =
    input.maxPerContact === undefined
      ? null
      : check("max per contact", "dials and a time, such as 3/7d", input.maxPerContact, () =>
          parseDialLimit(input.maxPerContact ?? ""),
        );

  const displayName = check(
    "display name",
    "at most 128 characters without quotes, backslashes and control characters",
    input.displayName,
    () => (isDisplayName(input.displayName ?? "") ? (input.displayName?.trim() ?? "") : null),
  );
  const { usualHangUps } = input;
  const early = check("usual hang ups", "a percentage from 1% to 100%", usualHangUps, () => {
    const percent = Number(/^(\d{1,3})%$/.exec(usualHangUps ?? "25%")?.[1]);
    return percent >= 1 && percent <= 100 ? percent / 100 : null;
  });
  const record =
    input.record === undefined
      ? null
      : check("record", "file, file:PREFIX or s3://BUCKET/PREFIX, and required if so", input.record.join(" "), () =>
          parseRecordingPlan(input.record ?? []),
        );
  const { notify } = input;
  const notifyUrl = check("notify", "an https address of at most 2000 characters, without user and password", "", () =>
    notify === undefined || isReceiver(notify) ? (notify ?? "") : null,
  );
  const sip = parseHeaders(input.header ?? []);
  problems.push(...sip.problems.map((problem) => `header: ${problem}`));

  // What came is not repeated: it is, or is meant to be, a phone number.
  const from = input.from?.split(",").flatMap((text, n) => {
    const phone = parsePhone(text);
    if (phone.ok) return [phone.number];
    problems.push(
      `from: expected numbers such as +12025550123 with commas between, but number ${n + 1} ${PHONE_PROBLEMS[phone.problem]}`,
    );
    return [];
  });
  const callerIds = [...new Set(from)];

  if (problems.length > 0) throw new Misused("settings", problems, { hint: "see campaigns create --help" });
  const [first, ...more] = known(openings);
  return {
    name: known(name),
    assistantId: known(assistantId),
    assistantName: assistantName ?? null,
    prompt: input.prompt ?? null,
    source,
    dailyCap: known(dailyCap),
    window: { days: known(days), ...known(first ?? null) },
    ...(more.length > 0 && { moreWindows: more.map((window) => ({ days: known(days), ...window })) }),
    ...(maxPerContact !== null && { maxPerContact }),
    ...(sources !== undefined && { needsLists: { sources: [...new Set(sources)], maxAge: known(maxAge) } }),
    ...(purpose !== null && purpose !== "marketing" && { purpose }),
    timeZone: known(timeZone),
    concurrency: known(atOnce),
    delay: known(delay),
    retry: {
      maxAttempts: known(maxAttempts),
      after: after.map(known),
      ...(input.retryAgentLost === true ? { agentLost: true } : {}),
      ...((onMachine !== "retry" || voicemailAfter !== null) && {
        voicemail: { does: known(onMachine), message: voicemailMessage ?? null, after: voicemailAfter },
      }),
    },
    ringSeconds: Math.round(known(ring) / SECOND),
    maxDurationSeconds: Math.round(known(maxDuration) / SECOND),
    expectAnswers: known(expectAnswers),
    ...(missedCallback !== null && missedCallback !== "next-day" && { missedCallback }),
    minTalkSeconds: Math.round(known(minTalk) / SECOND),
    trunkId: input.trunk ?? null,
    callerIds,
    ...(input.displayName !== undefined && { displayName: known(displayName) }),
    ...(record !== null && { record }),
    ...(notify !== undefined && { notifyUrl: known(notifyUrl) }),
    ...(retention !== null && { retention }),
    ...(budget !== null && { budget }),
    ...(usualHangUps !== undefined && { guard: { held: null, accepted: { early_hang_ups: known(early) } } }),
    ...(input.header !== undefined && input.header.length > 0 && { headers: sip.headers }),
    hoursIn: known(hoursIn),
    rules: known(rules),
    rulesTable: input.rulesTable ?? null,
    requireConsent: input.requireConsent ?? false,
  };
}

function budgetOf({ budget: text, prices: table }: CampaignInput, problems: string[]): Budget | null {
  if (text === undefined && table === undefined) return null;
  const budget = text === undefined ? null : parseBudget(String(text));
  if (text === undefined)
    problems.push("prices: expected the budget that they are for, such as 50 or 50 EUR, got none");
  else if (budget === null)
    problems.push(`budget: expected an amount such as 50 or 50.25 EUR, got ${JSON.stringify(text)}`);
  if (table === undefined)
    problems.push("budget: expected prices as well, got none: --prices says what a minute costs");
  if (budget === null || table === undefined) return null;
  try {
    return { ...budget, prices: parsePrices(table, budget.currency) };
  } catch (error) {
    if (!(error instanceof InvalidPrices)) throw error;
    problems.push(`prices: ${error.message}`);
    return null;
  }
}

/** Which hosts may be told is asked when they are: that may change. */
function isReceiver(address: string): boolean {
  if (address.length > 2000 || !isVisible(address) || !URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

function readTable(text: string): RuleTable {
  try {
    return parseRules(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidRules([`expected JSON: ${error.message}`]);
  }
}

const within = (value: number | null, least: number, most: number): number | null =>
  value !== null && value >= least && value <= most ? value : null;

/** Every null above has left a problem behind, so none is left here. */
function known<T>(value: T | null): T {
  if (value === null) throw new Error("a setting that was found wrong was used all the same");
  return value;
}
