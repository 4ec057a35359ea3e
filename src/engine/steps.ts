/** Steps that look before they make, so that doing them again completes what is missing and makes nothing twice. */

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

  /** Null only in a dry run that found nothing. */
  async ensure<T>(step: string, found: T | null, make: () => Promise<T>): Promise<T | null> {
    const made = found ?? (this.dryRun ? null : await make());
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
    const found = one !== null && other !== null && (await isThere(one, other));
    await this.ensure(step, found ? true : null, async () => {
      if (one === null || other === null) throw new Error(`${step}: one of its parts was not made`);
      await make(one, other);
      return true;
    });
  }
}
