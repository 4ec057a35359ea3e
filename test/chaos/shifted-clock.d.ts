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

export function shiftAt(order: Pick<ClockOrder, "shifts">, at: number): number;
