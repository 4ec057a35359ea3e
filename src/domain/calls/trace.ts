/** The agent's traces hang under the attempt, and are found by its id. https://www.w3.org/TR/trace-context */
export const traceIdOf = (attemptId: string): string =>
  attemptId
    .replaceAll(/[^0-9a-f]/gi, "")
    .toLowerCase()
    .slice(0, 32)
    .padStart(32, "0");

export function traceparent(attemptId: string): string {
  const trace = traceIdOf(attemptId);
  return `00-${trace}-${trace.slice(16)}-01`;
}
