/** A label that was right once was said to be unknown, and nobody saw what to write instead. */
import { expect, test } from "vitest";
import { zoneProblem } from "../../../src/domain/time/zone-problem.ts";

const offset = (zone: string) => `the offset is not that of the place; write its zone in full, such as ${zone}`;
const ELSEWHERE = "the time zone is none of the number's country; write one such as Europe/London in full";
const SEVERAL = "the time zone stands for several clocks; write one such as Europe/London in full";
const UNKNOWN = "the time zone is not a known one, such as Europe/London";

test.each([
  ["KZ", "(GMT+06:00) Astana", offset("Asia/Almaty")],
  [null, "(GMT+06:00) Astana", offset("Asia/Almaty")],
  ["VE", "(GMT-04:30) Caracas", offset("America/Caracas")],
  ["MX", "(GMT+03:00) La Paz", offset("America/Mazatlan")],
  ["GB", "(UTC+05:00) London", offset("Europe/London")],
  ["US", "(UTC+09:00) Eastern Standard Time", offset("America/New_York")],
  ["US", "(UTC+09:00) America/New_York", offset("America/New_York")],
  ["MX", "(GMT-07:00) Chihuahua, La Paz, Mazatlan", SEVERAL],
  ["MX", "Chihuahua, La Paz, Mazatlan - Old", SEVERAL],
  ["TR", "(GMT+02:00) Athens, Bucharest, Istanbul", SEVERAL],
  [null, "La Paz", SEVERAL],
  ["AU", "Eastern Standard Time", ELSEWHERE],
  ["US", "Melbourne", ELSEWHERE],
  ["CA", "(UTC-05:00) London", ELSEWHERE],
  ["US", "EST", UNKNOWN],
  ["US", "(GMT-05:00)", UNKNOWN],
  ["GB", "(GMT) London, Atlantis", UNKNOWN],
  ["US", "(GMT-05:00) Eastern Standard Time (Mars/Olympus)", UNKNOWN],
])("%s %s", (country, written, problem) => expect(zoneProblem(written, country)).toBe(problem));
