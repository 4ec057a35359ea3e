/**
 * Preloaded into a process (`node --import`) whose machine's clock is off: CHAOS_CLOCK says by how much and since when.
 * Timers and performance.now() stay true, as they do when somebody sets a clock.
 */
export interface Shift {
  /** True epoch milliseconds from which on the clock is `ahead` milliseconds ahead; behind, when below 0. */
  readonly from: number;
  readonly ahead: number;
}

export interface ClockOrder {
  /** The oldest first. */
  readonly shifts: readonly Shift[];
  /** LiveKit's clock is another one: tokens are signed by this one, and may be refused. */
  readonly signsTokens: boolean;
}

export const shiftAt = ({ shifts }: ClockOrder, at: number): number =>
  shifts.findLast(({ from }) => from <= at)?.ahead ?? 0;

const given = process.env["CHAOS_CLOCK"];
if (given !== undefined) {
  const order = JSON.parse(given) as ClockOrder;
  const { now } = Date;
  const shown = (): number => {
    const at = now();
    return at + shiftAt(order, at);
  };
  Date.now = shown;
  if (order.signsTokens) {
    globalThis.Date = new Proxy(Date, {
      construct: (target, args, asked) =>
        Reflect.construct(target, args.length === 0 ? [shown()] : args, asked) as object,
    });
  }
}
