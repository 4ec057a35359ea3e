/** Time-zone data that is too old: a call at 20:59 by the program's clock is one at 21:59 by the callee's. */
import { expect, test } from "vitest";
import { type OffsetOf, staleZones } from "../../../src/domain/hours/stale-zones.ts";

/** Minutes ahead of UTC on 2027-01-15, by release of the database. */
const RELEASES: Readonly<
  Record<string, readonly [vancouver: number, edmonton: number, rabat: number, inuvik: number]>
> = {
  "2025c": [-480, -420, 60, -420],
  "2026b": [-420, -420, 60, -420],
  "2026c": [-420, -360, 0, -420],
  "2026d": [-420, -360, 0, -360],
};

const playing =
  (release: string): OffsetOf =>
  (zone) => {
    const [vancouver, edmonton, rabat, inuvik] = RELEASES[release] ?? [0, 0, 0, 0];
    if (/Vancouver|Pacific/.test(zone)) return vancouver;
    if (/Edmonton|Yellowknife|Mountain/.test(zone)) return edmonton;
    return zone === "America/Inuvik" ? inuvik : rabat;
  };

const PACIFIC = ["America/Vancouver", "Canada/Pacific"];
const MOUNTAIN = ["America/Edmonton", "America/Yellowknife", "Canada/Mountain"];
const MOROCCO = ["Africa/Casablanca", "Africa/El_Aaiun"];

test.each([
  ["2025c", [...PACIFIC, ...MOUNTAIN, ...MOROCCO, "America/Inuvik"]],
  ["2026b", [...MOUNTAIN, ...MOROCCO, "America/Inuvik"]],
  ["2026c", ["America/Inuvik"]],
  ["2026d", []],
])("release %s: its stale zones are blocked under all their names, and no others", (release, blocked) => {
  expect([...staleZones(playing(release)).keys()]).toEqual(blocked);
});

test("the reason names the zone and the release it takes", () => {
  expect(staleZones(playing("2026b")).get("America/Yellowknife")).toBe(
    "time-zone data is too old for America/Yellowknife: it takes release 2026c or later",
  );
});

test("this runtime is judged by what it answers, whatever release it claims", () => {
  const release = process.versions["tz"] ?? "";
  const played = Object.keys(RELEASES).findLast((known) => known <= release) ?? "2025c";
  expect([...staleZones().keys()]).toEqual([...staleZones(playing(played)).keys()]);
});
