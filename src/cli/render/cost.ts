/** Prices → text. */
import type { Cost } from "../../engine/ports/carrier.ts";

const MICROS = 1e6;

/** `1.2350 USD for 17 calls`. */
export const costText = (costs: readonly Cost[]): string =>
  costs
    .map(
      ({ unit, micros, calls }) => `${(micros / MICROS).toFixed(4)} ${unit} for ${calls} call${calls === 1 ? "" : "s"}`,
    )
    .join(", ");
