const longestName = 200;

/**
 * Finds the known name that `given` was probably meant to be: the nearest by edit distance, at most a third of its length
 * away (capitals do not count). Returns undefined when none is near.
 */
export function nearestName(given: string, known: Iterable<string>): string | undefined {
  if (given.length > longestName) return undefined;
  const wanted = given.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(wanted, name.toLowerCase(), bestDistance - 1);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Writes the hint "Did you mean 'x'?", or nothing when no known name is near. */
export function didYouMean(given: string, known: Iterable<string>): readonly string[] {
  const nearest = nearestName(given, known);
  return nearest === undefined ? [] : [`Did you mean '${nearest}'?`];
}

/** Counts the insertions, deletions, replacements and swaps of neighbours between two texts; stops at `bound + 1`. */
function editDistance(left: string, right: string, bound: number): number {
  if (Math.abs(left.length - right.length) > bound) return bound + 1;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1];
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      row[j] = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    if (Math.min(...row) > bound) return bound + 1;
    beforeLast = last;
    last = row;
  }
  return at(last, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
