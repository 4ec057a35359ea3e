/** Where whatever is of one kind waits until so many of it have come: what two runs may do at once, they then do at once. */
export function meeting(size: number): (kind: string) => Promise<void> {
  const waiting = new Map<string, (() => void)[]>();
  return (kind) =>
    new Promise((resolve) => {
      const there = [...(waiting.get(kind) ?? []), resolve];
      waiting.set(kind, there.length === size ? [] : there);
      if (there.length === size) for (const go of there) go();
    });
}
