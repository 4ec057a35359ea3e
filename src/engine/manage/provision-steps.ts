/** Steps that look before they make, so that doing them again completes what is missing and makes nothing twice. */

import { Refused } from "../errors.ts";

/** `would_make`: a dry run found it missing. */
export interface ProvisionStep {
  readonly step: string;
  readonly was: "there" | "made" | "would_make";
}

/** Makes what is missing, or in a dry run only says so; keeps what was done. */
export class Steps {
  readonly done: ProvisionStep[] = [];
  readonly dryRun: boolean;
  readonly #onStep: (step: ProvisionStep) => void;

  constructor(dryRun: boolean, onStep: (step: ProvisionStep) => void) {
    this.dryRun = dryRun;
    this.#onStep = onStep;
  }

  say(step: string, was: ProvisionStep["was"]): void {
    this.done.push({ step, was });
    this.#onStep({ step, was });
  }

  /** Null only in a dry run that found nothing. `find` looks again when another run has made it in the meantime. */
  async ensure<T>(step: string, find: () => Promise<T | null>, make: () => Promise<T>): Promise<T | null> {
    const found = await find();
    const made = found ?? (this.dryRun ? null : await orFound(make, find));
    this.say(step, found !== null ? "there" : made === null ? "would_make" : "made");
    return made;
  }

  /** For what joins two things, either of which a dry run may not have. */
  async join<A, B>(
    step: string,
    [one, other]: readonly [A | null, B | null],
    isThere: (one: A, other: B) => Promise<boolean>,
    make: (one: A, other: B) => Promise<void>,
  ): Promise<void> {
    const find = async (): Promise<true | null> =>
      one !== null && other !== null && (await isThere(one, other)) ? true : null;
    await this.ensure(step, find, async () => {
      if (one === null || other === null) throw new Error(`${step}: one of its parts was not made`);
      await make(one, other);
      return true;
    });
  }
}

/** The carrier refuses what is there already: made by another run at the same time, it is as good as our own. */
export async function orFound<T>(make: () => Promise<T>, find: () => Promise<T | null>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    const found = error instanceof Refused ? await find() : null;
    if (found !== null) return found;
    throw error;
  }
}
