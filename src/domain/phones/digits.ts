/**
 * Patterns of digits as automata, so that one can ask what no regular expression tells: do the digits still to come
 * matter? Understands what phone-number metadata is written in: digits, sets, \d, groups, |, ?, {n}, {n,m}, and $.
 */

/** Sets of digits are ten bits. */
type Digits = number;
const ANY_DIGIT: Digits = 0b11_1111_1111;

type Pattern =
  | { readonly is: "digit"; readonly of: Digits }
  | { readonly is: "all" | "one"; readonly of: readonly Pattern[] }
  | { readonly is: "times"; readonly of: Pattern; readonly least: number; readonly most: number }
  | { readonly is: "end" };

/** Where a match can stand: waiting for a digit of `on`, or before a choice, or done. */
interface Place {
  readonly id: number;
  readonly on: Digits;
  readonly next: readonly Place[];
  readonly done: boolean;
}

/** Every digit string of that length matches, none does, or it depends on the digits. */
export type Verdict = "all" | "none" | "depends";

/** All places a match can stand at after some digits; made once each, so that equal states are one object. */
export class State {
  readonly #machine: Machine;
  readonly #places: readonly Place[];
  readonly #next: (State | undefined)[] = [];
  readonly #verdicts: (Verdict | undefined)[] = [];

  constructor(machine: Machine, places: readonly Place[]) {
    this.#machine = machine;
    this.#places = places;
  }

  after(digit: number): State {
    return (this.#next[digit] ??= this.#machine.state(
      this.#places.filter(({ on }) => (on & (1 << digit)) !== 0).flatMap(({ next }) => next),
    ));
  }

  /** What becomes of this match when `count` more digits come, whichever they are. */
  verdict(count: number): Verdict {
    return (this.#verdicts[count] ??= this.#judge(count));
  }

  #judge(count: number): Verdict {
    if (this.#places.length === 0) return "none";
    if (count === 0) return this.#places.some(({ done }) => done) ? "all" : "none";
    const first = this.after(0).verdict(count - 1);
    return DIGITS.every((digit) => this.after(digit).verdict(count - 1) === first) ? first : "depends";
  }
}

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

class Machine {
  readonly #states = new Map<string, State>();
  #places = 0;

  place(on: Digits, next: readonly Place[], done = false): Place {
    return { id: this.#places++, on, next, done };
  }

  state(places: readonly Place[]): State {
    const reached = new Map<number, Place>();
    const hours = (place: Place): void => {
      if (reached.has(place.id)) return;
      reached.set(place.id, place);
      if (place.on === 0) place.next.forEach(hours);
    };
    places.forEach(hours);
    const standing = [...reached.values()].filter(({ on, done }) => on !== 0 || done).sort((a, b) => a.id - b.id);
    const key = standing.map(({ id }) => id).join();
    let state = this.#states.get(key);
    if (state === undefined) this.#states.set(key, (state = new State(this, standing)));
    return state;
  }

  /** The places of a pattern that is followed by `then`. */
  build(pattern: Pattern, then: Place, end: Place): Place {
    switch (pattern.is) {
      case "digit":
        return this.place(pattern.of, [then]);
      case "all":
        return pattern.of.reduceRight((next, part) => this.build(part, next, end), then);
      case "one":
        return this.place(
          0,
          pattern.of.map((part) => this.build(part, then, end)),
        );
      case "times": {
        let place = then;
        for (let n = pattern.least; n < pattern.most; n++) {
          place = this.place(0, [this.build(pattern.of, place, end), then]);
        }
        for (let n = 0; n < pattern.least; n++) place = this.build(pattern.of, place, end);
        return place;
      }
      case "end":
        return end;
    }
  }
}

/** The state before the first digit. `whole`: the pattern must match all digits; else the first ones. */
export function startOf(source: string, match: "whole" | "start"): State {
  const machine = new Machine();
  const end = machine.place(0, [], true);
  const rest: Place[] = [];
  const anything = machine.place(ANY_DIGIT, rest, true);
  rest.push(anything);
  return machine.state([machine.build(parse(source), match === "whole" ? end : anything, end)]);
}

/** Throws when the source is written in anything but what is named above. */
function parse(source: string): Pattern {
  let at = 0;
  const take = (text: string): boolean => source.startsWith(text, at) && ((at += text.length), true);
  const choice = (): Pattern => {
    const branches = [sequence()];
    while (take("|")) branches.push(sequence());
    return { is: "one", of: branches };
  };
  const sequence = (): Pattern => {
    const parts: Pattern[] = [];
    while (at < source.length && !"|)".includes(source.charAt(at))) parts.push(counted(part()));
    return { is: "all", of: parts };
  };
  const part = (): Pattern => {
    if (take("$")) return { is: "end" };
    if (take("\\d")) return { is: "digit", of: ANY_DIGIT };
    if (take("(?:") || take("(")) {
      const inner = choice();
      if (take(")")) return inner;
    }
    const set = /^(?:\d|\[[\d-]+\])/.exec(source.slice(at))?.[0];
    if (set === undefined) throw new Error(`expected a pattern of digits, got ${source} (at ${at})`);
    at += set.length;
    const among = new RegExp(set);
    return {
      is: "digit",
      of: DIGITS.reduce<Digits>((all, digit) => (among.test(String(digit)) ? all | (1 << digit) : all), 0),
    };
  };
  const counted = (of: Pattern): Pattern => {
    if (take("?")) return { is: "times", of, least: 0, most: 1 };
    const [text, least, most = least] = /^\{(\d+)(?:,(\d+))?\}/.exec(source.slice(at)) ?? [""];
    if (text === "") return of;
    at += text.length;
    return { is: "times", of, least: Number(least), most: Number(most) };
  };
  const whole = choice();
  if (at < source.length) throw new Error(`expected a pattern of digits, got ${source} (at ${at})`);
  return whole;
}
