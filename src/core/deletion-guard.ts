/** How much one look at the spec store may take away: a failed mount or an empty checkout looks like "all deleted". */
export interface DeletionLimit {
  readonly kind: 'percent' | 'count';
  readonly value: number;
}

/** Reads `25%` or `10`; undefined when it is neither. */
export function parseDeletionLimit(text: string): DeletionLimit | undefined {
  const match = /^(?<value>\d{1,6})(?<percent>%)?$/.exec(text.trim());
  if (!match?.groups) return undefined;
  const value = Number(match.groups.value);
  if (match.groups.percent === undefined) return { kind: 'count', value };
  return value <= 100 ? { kind: 'percent', value } : undefined;
}

/** Tells whether removing `removed` of `total` specs at once is more than is believed. */
export function exceedsLimit(
  { kind, value }: DeletionLimit,
  { removed, total }: { readonly removed: number; readonly total: number },
): boolean {
  return kind === 'count' ? removed > value : removed * 100 > total * value;
}

/** Writes a limit for people. */
export function describeLimit({ kind, value }: DeletionLimit): string {
  return kind === 'count' ? `more than ${value}` : `more than ${value} %`;
}
