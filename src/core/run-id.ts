/** Formats the time part of an id: `YYYYMMDD<separator>HHMMSS`, UTC. */
function stamp(atMs: number, separator: string): string {
  const iso = new Date(atMs).toISOString();
  const date = `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 10)}`;
  return `${date}${separator}${iso.slice(11, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}`;
}

/** Labels a run `<dataset>_<YYYYMMDD>_<HHMMSS>` (UTC): the trigger time, the tick, or midnight of a backfill's date. */
export function runLabel(dataset: string, atMs: number): string {
  return `${dataset}_${stamp(atMs, '_')}`;
}

/** Labels runs as {@link runLabel} does: those of one burst of ticks share their time, which is written once. */
export function runLabels(runs: readonly { readonly dataset: string; readonly at: number }[]): readonly string[] {
  const stamps = new Map<number, string>();
  return runs.map(({ dataset, at }) => {
    const known = stamps.get(at) ?? stamp(at, '_');
    stamps.set(at, known);
    return `${dataset}_${known}`;
  });
}

/** Labels a backfill `bf-<YYYYMMDD>-<HHMMSS>` (UTC). A run's id ends with `_<date>_<time>`, so no run can have such an id. */
export function backfillLabel(atMs: number): string {
  return `bf-${stamp(atMs, '-')}`;
}

/** Makes the `used`-th use of a label unique: the first one is the label itself, the next ones end with 2, 3, …. */
export function numberLabel(label: string, used: number, separator: '_' | '-'): string {
  return used === 1 ? label : `${label}${separator}${used}`;
}

/** What a run id is made of. */
export interface RunIdParts {
  readonly dataset: string;
  /** The second that it names, since the epoch. */
  readonly labelAt: number;
  /** How many runs of the dataset that second had named when it was given. */
  readonly use: number;
}

/** Takes a run id apart; undefined when no run can have such an id. */
export function readRunId(id: string): RunIdParts | undefined {
  const parts = /^(.+)_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)(?:_(\d{1,15}))?$/s.exec(id);
  if (!parts) return undefined;
  const [, dataset = '', year, month, day, hour, minute, second, used = '1'] = parts;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const use = Number(used);
  const isWhole = !Number.isNaN(at) && numberLabel(runLabel(dataset, at), use, '_') === id;
  return isWhole ? { dataset, labelAt: labelSecond(at), use } : undefined;
}

/** The second that a label made at a time names, since the epoch. */
export function labelSecond(atMs: number): number {
  return Math.floor(atMs / 1000);
}

/** Cuts the leading name parts from a run id: what people may type where it is unambiguous. */
export function shortRunId(runId: string): string {
  return runId.slice(runId.lastIndexOf('.') + 1);
}

/** Tells whether a text that somebody typed is a backfill's id rather than a run's. */
export function isBackfillId(id: string): boolean {
  return /^bf-\d{8}-\d{6}(-\d+)?$/.test(id);
}
