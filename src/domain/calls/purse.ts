/** The money of a campaign that is only played: each call reserves the most that it can cost, and then costs what it lasted. */
import { type Budget, leftOf, type Spending } from "./budget.ts";
import { CLOCKS_APART_SECONDS, costOf, mostOf, type Rate } from "./prices.ts";

/** A budget, and whom it is for. */
export interface Money extends Spending {
  readonly budget: Budget;
  /** Contacts by the prefix that has their price. */
  readonly byPrefix: ReadonlyMap<string, number>;
  /** longestCall */
  readonly longest: number;
}

/** What a call takes from it, in millionths: at its hand-out, and at its end. */
export interface Payment {
  readonly reserve: number;
  readonly cost: number;
}

const FREE: Rate = [0, 0, 0, 60, 60];

export class Purse {
  readonly #money: Money;
  readonly #random: () => number;
  readonly #rates: readonly (readonly [Rate, contacts: number])[];
  readonly #priced: number;
  #spent: number;
  #reserved: number;
  #next: Rate;
  #most: number;

  /** Who is called next is drawn: which contacts of a place have which price nobody has counted. */
  constructor(money: Money, random: () => number) {
    this.#money = money;
    this.#random = random;
    const { budget, byPrefix, spent, reserved } = money;
    this.#rates = [...byPrefix].flatMap(([prefix, contacts]) => {
      const rate = budget.prices[prefix];
      return rate === undefined ? [] : [[rate, contacts] as const];
    });
    this.#priced = this.#rates.reduce((sum, [, contacts]) => sum + contacts, 0);
    [this.#spent, this.#reserved] = [spent, reserved];
    this.#next = this.#drawn();
    this.#most = mostOf(this.#next, money.longest);
  }

  get spending(): Spending {
    return { spent: this.#spent, reserved: this.#reserved };
  }

  /** What the next call may cost. */
  get most(): number {
    return this.#most;
  }

  get isEnough(): boolean {
    return this.most <= leftOf(this.#money.budget, this.spending);
  }

  /** For the next call; `talk`: its seconds, null: nobody answers. */
  take(talk: number | null): Payment {
    const reserve = this.most;
    const cost = Math.min(reserve, costOf(this.#next, talk === null ? null : talk + CLOCKS_APART_SECONDS));
    this.#reserved += reserve;
    this.#next = this.#drawn();
    this.#most = mostOf(this.#next, this.#money.longest);
    return { reserve, cost };
  }

  pay({ reserve, cost }: Payment): void {
    this.#reserved -= reserve;
    this.#spent += cost;
  }

  #drawn(): Rate {
    if (this.#rates.length < 2) return this.#rates[0]?.[0] ?? FREE;
    let left = Math.floor(this.#random() * this.#priced);
    return this.#rates.find(([, contacts]) => (left -= contacts) < 0)?.[0] ?? FREE;
  }
}
