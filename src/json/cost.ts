/** Prices → JSON. */
import type { Cost } from "../engine/ports/carrier.ts";

const MICROS = 1e6;

export const costJson = ({ unit, micros, calls }: Cost) => ({
  unit,
  amount: micros / MICROS,
  calls,
});
