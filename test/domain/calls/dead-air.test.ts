import { describe, expect, test } from "vitest";
import { acceptedBy, deadAir, type Talk } from "../../../src/domain/calls/dead-air.ts";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { Random } from "../../../src/sandbox/random.ts";
import { NOON } from "../../support/domain.ts";

/** A minute after the last of them. */
const NOW = NOON + 60 * MINUTE;

let made = 0;
/** `seconds`: how long it lasted; null: it goes on. */
const talk = (seconds: number | null, changes: Partial<Talk> = {}): Talk => {
  const answeredAt = NOON + SECOND * made++;
  const endedAt = seconds === null ? null : answeredAt + seconds * SECOND;
  const rest = { uncertainSeconds: 0, endedByUs: false, callerId: null, said: null };
  return { callId: `call-${made}`, answeredAt, endedAt, ...rest, ...changes };
};
const talks = (n: number, seconds: number | null, changes: Partial<Talk> = {}): Talk[] =>
  Array.from({ length: n }, () => talk(seconds, changes));
const found = (...groups: Talk[][]) => deadAir(groups.flat(), {}, NOW);
/** One of `of` is over after 3 s, the others after a minute. */
const mixed = (n: number, share: number, changes: Partial<Talk> = {}): Talk[] => {
  const random = new Random(7);
  return Array.from({ length: n }, () => talk(random.chance(share) ? 3 : 60, changes));
};

describe("callees who hang up at once", () => {
  test("eleven in a row hold the campaign, ten do not, and three calls are named", () => {
    expect(found(talks(10, 3))).toBeNull();
    const held = found(talks(11, 3));
    expect(held).toMatchObject({ sickness: "early_hang_ups", share: 1, callerIds: [] });
    expect(held?.calls).toEqual([`call-${made - 2}`, `call-${made - 1}`, `call-${made}`]);
    expect(held?.because).toBe(
      `the callee ended 11 of 11 answered calls within 6 s; listen to call-${made - 2}, call-${made - 1}, call-${made}`,
    );
  });

  test("a quarter of them is usual, three fifths are not", () => {
    expect(found(mixed(300, 0.25))).toBeNull();
    expect(found(mixed(100, 0.6))).toMatchObject({ sickness: "early_hang_ups" });
  });

  test("a day of good calls is no credit", () => {
    expect(found(talks(500, 60), talks(11, 3))).not.toBeNull();
  });

  test("once it shows it is said, whatever comes after", () => {
    expect(found(talks(11, 3), talks(100, 60))).not.toBeNull();
  });

  test.each<[string, Talk[]]>([
    ["we hung up", talks(50, 3, { endedByUs: true })],
    [
      "the agent says that it hung up",
      talks(50, 3, { said: { answeredBy: null, firstAudioMs: null, endedBy: "agent" } }),
    ],
    ["a voicemail", talks(50, 3, { said: { answeredBy: "voicemail", firstAudioMs: null, endedBy: null } })],
    ["a phone menu", talks(50, 3, { said: { answeredBy: "ivr", firstAudioMs: null, endedBy: null } })],
    ["it may have lasted 6 s", talks(50, 5, { uncertainSeconds: 1 })],
    ["it may have been answered long before", talks(50, 3, { uncertainSeconds: 40 })],
    ["it goes on, and nobody knows since when", talks(50, null, { uncertainSeconds: 1e6 })],
  ])("no evidence: %s", (_, seen) => {
    expect(found(seen)).toBeNull();
    // Neither for, nor against.
    expect(found(talks(6, 3), seen, talks(5, 3))).not.toBeNull();
  });

  test("a machine that nobody told apart counts as a human, as does who says nothing", () => {
    expect(found(talks(11, 3, { said: { answeredBy: "unknown", firstAudioMs: null, endedBy: null } }))).not.toBeNull();
  });

  test("a long call speaks for the campaign before it is over: else those that end at once would go first", () => {
    const long = talks(30, null);
    expect(found(talks(10, 3), long, talks(1, 3))).toBeNull();
    const fresh = talks(11, 3).map((each) => ({ ...each, answeredAt: NOW - 9 * SECOND, endedAt: NOW - 6 * SECOND }));
    expect(found(fresh)).toBeNull();
    expect(deadAir(fresh, {}, NOW + SECOND)).not.toBeNull();
  });
});

const said = (firstAudioMs: number | null) => ({ said: { answeredBy: "human", firstAudioMs, endedBy: null } }) as const;

test("the agent's own word that it speaks late", () => {
  expect(found(talks(50, 60, said(2000)))).toBeNull();
  expect(found(talks(50, 60, said(null)))).toBeNull();
  expect(found(talks(5, 60, said(2001)))).toBeNull();
  expect(found(talks(6, 60, said(2001)))?.because).toMatch(/^the agent's first words came later than 2 s in 6 of 6/);
});

describe("a caller ID", () => {
  const [SICK, WELL] = [{ callerId: "+12025550100" }, { callerId: "+12025550101" }];

  test("that is sick among others is named, and only its calls", () => {
    const held = found(talks(40, 60, WELL), talks(12, 3, SICK), talks(5, 3, WELL));
    expect(held).toMatchObject({ callerIds: [SICK.callerId], share: 1 });
    expect(held?.because).toMatch(/with caller ID \+1202•••0100, not with others; listen to/);
    expect(held?.calls).toEqual([`call-${made - 7}`, `call-${made - 6}`, `call-${made - 5}`]);
  });

  test("is not to blame when it is the only one, or all are sick", () => {
    expect(found(talks(12, 3, SICK))).toMatchObject({ callerIds: [] });
    expect(found(talks(12, 3, SICK), talks(12, 3, WELL))).toMatchObject({ callerIds: [] });
  });

  test("is sick beside many that are well, though of all calls it is few", () => {
    const rows = Array.from({ length: 200 }, (_, n) => talk(n % 10 === 0 ? 3 : 60, n % 10 === 0 ? SICK : WELL));
    expect(found(rows)).toMatchObject({ callerIds: [SICK.callerId] });
  });
});

test("a share that was accepted is usual from then on; a much higher one is not, unless all are", () => {
  const held = found(mixed(100, 0.6));
  if (held === null) throw new Error("expected a sick campaign");
  const { accepted } = acceptedBy({ held, accepted: { late_words: 0.3 } });
  expect(accepted).toEqual({ late_words: 0.3, early_hang_ups: held.share });
  expect(deadAir(mixed(300, 0.6), accepted, NOW)).toBeNull();
  expect(deadAir(mixed(300, 0.95), accepted, NOW)).not.toBeNull();
  expect(deadAir(talks(300, 3), { early_hang_ups: 1 }, NOW)).toBeNull();
  expect(deadAir(talks(11, 3), { early_hang_ups: 0.01 }, NOW)).not.toBeNull();
});
