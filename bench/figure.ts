/** One measured figure beside its goal and the raw baseline of the same run. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Which side of the goal is good. */
  readonly goal: { readonly at: 'most' | 'least'; readonly value: number } | null;
  readonly baseline: { readonly what: string; readonly value: number; readonly unit: string } | null;
  readonly note?: string;
}

/** The middle value; half of the values are at most this. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that a share of the values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Tells whether a figure meets its goal. */
export function meetsGoal({ value, goal }: Figure): boolean {
  if (!goal) return true;
  return goal.at === 'most' ? value <= goal.value : value >= goal.value;
}

/** Writes figures as a Markdown table. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    `${round(figure.value)} ${figure.unit}`,
    figure.goal ? `${figure.goal.at === 'most' ? '≤' : '≥'} ${figure.goal.value} ${figure.unit}` : '',
    meetsGoal(figure) ? 'yes' : 'NO',
    figure.baseline ? `${figure.baseline.what}: ${round(figure.baseline.value)} ${figure.baseline.unit}` : '',
    figure.note ?? '',
  ]);
  const header = ['figure', 'measured', 'goal', 'met', 'raw baseline, same run', 'note'];
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function round(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
