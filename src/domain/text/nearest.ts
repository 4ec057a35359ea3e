/** What was probably meant by a word that nobody knows. */

/** The known word that is like it; null: none is. */
export function nearest(word: string, known: readonly string[]): string | null {
  const asked = spelled(word);
  const within = known.filter(
    (each) => each.length > 2 && asked.split("_").join(" ").includes(each.split("_").join(" ")),
  );
  const [begun, ...more] = asked === "" ? [] : known.filter((each) => spelled(each).startsWith(asked));
  const [inside] = within.toSorted((a, b) => b.length - a.length);
  const [closest] = known
    .map((each) => ({ each, far: distance(asked, spelled(each)) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.floor(Math.max(each.length, asked.length) / 3)))
    .toSorted((a, b) => a.far - b.far);
  if (closest !== undefined && closest.far <= 1) return closest.each;
  return (more.length === 0 ? begun : undefined) ?? inside ?? closest?.each ?? null;
}

const spelled = (word: string): string => word.slice(0, 100).toLowerCase().replaceAll("-", "_");

/** Letters to add, leave out, replace or swap with the next. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, n) => n);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[other.length] ?? 0;
}
