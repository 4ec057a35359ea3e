/**
 * Preloaded into a process (`node --import`) whose machine's clock is off: CHAOS_CLOCK says by how much and since when.
 * Timers and performance.now() stay true, as they do when somebody sets a clock. Plain JavaScript, since stripping the types
 * took a fifth of what a process needs to start.
 */
export const shiftAt = ({ shifts }, at) => shifts.findLast(({ from }) => from <= at)?.ahead ?? 0;

const given = process.env["CHAOS_CLOCK"];
if (given !== undefined) {
  const order = JSON.parse(given);
  const { now } = Date;
  const shown = () => {
    const at = now();
    return at + shiftAt(order, at);
  };
  Date.now = shown;
  if (order.signsTokens) {
    globalThis.Date = new Proxy(Date, {
      construct: (target, args, asked) => Reflect.construct(target, args.length === 0 ? [shown()] : args, asked),
    });
  }
}
