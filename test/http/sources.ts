/** What each action makes of a dataset with two possible owners, written down as plainly as possible: an oracle for tests. */

/** How a dataset stands. */
export interface Standing {
  /** The cron of its manual registration; null when there is none. */
  readonly manual: string | null;
  /** The cron of its code registration; null when there is none. */
  readonly code: string | null;
  /** Code has a file of it that is not in force. */
  readonly isBroken: boolean;
  readonly isPaused: boolean;
  /** Whether the specs' schedules are enabled. */
  readonly isEnabled: boolean;
}

/** A row of the list. */
export interface ExpectedRow {
  readonly source_type: 'code' | 'manual';
  readonly status: 'active' | 'paused' | 'overridden';
  readonly next_run_at: string | null;
  readonly isWrong: boolean;
}

/** Actions on one dataset; `refuse…` tells whether deploys are refused because people bring the files. */
export const actions = ['register', 'update', 'unregister', 'deploy', 'remove', 'sync', 'restart'] as const;
export type Action = (typeof actions)[number];

/** The crons that actions bring: each at an hour of its own, so that a next tick tells whose it is. */
export const crons = { manual: '0 1 * * *', newManual: '0 2 * * *', code: '0 3 * * *', newCode: '0 4 * * *' } as const;

/** The rows that a dataset is to have in the list. Now is 2024-01-15 09:30:45. */
export function rowsOf({ manual, code, isBroken, isPaused, isEnabled }: Standing): readonly ExpectedRow[] {
  const next = (cron: string) => (isEnabled && !isPaused ? `2024-01-16T0${cron[2]}:00:00.000Z` : null);
  const status = isPaused ? 'paused' : 'active';
  const rows: ExpectedRow[] = [];
  if (code !== null) rows.push({ source_type: 'code', status, next_run_at: next(code), isWrong: isBroken });
  if (manual !== null && code !== null) {
    rows.push({ source_type: 'manual', status: 'overridden', next_run_at: null, isWrong: false });
  }
  if (manual !== null && code === null) {
    rows.push({ source_type: 'manual', status, next_run_at: next(manual), isWrong: isBroken });
  }
  return rows;
}

/** What an action answers, and how the dataset stands after it. */
export function outcomeOf(
  action: Action,
  before: Standing,
  { mode, hasRun }: { readonly mode: 'deploy' | 'folder'; readonly hasRun: boolean },
): { readonly answer: number | string; readonly after: Standing } {
  const { manual, code } = before;
  const refused = (answer: string) => ({ answer, after: before });
  if (action === 'register') {
    if (code !== null) return refused('DLI-803');
    if (manual !== null) return refused('DLI-804');
    return { answer: 201, after: { ...before, manual: crons.newManual } };
  }
  if (action === 'update') {
    if (code !== null) return refused(manual === null ? 'DLI-803' : 'DLI-806');
    if (manual === null) return refused('DLI-800');
    return { answer: 200, after: { ...before, manual: crons.newManual } };
  }
  if (action === 'unregister') {
    if (manual === null) return refused(code === null ? 'DLI-800' : 'DLI-803');
    if (code === null && hasRun) return refused('DLI-808');
    return { answer: 200, after: { ...before, manual: null } };
  }
  if (action === 'deploy') {
    if (mode === 'folder') return refused('DLI-807');
    return { answer: 200, after: { ...before, code: crons.newCode, isBroken: false } };
  }
  if (action === 'remove') return { answer: 200, after: { ...before, code: null, isBroken: false } };
  return { answer: 200, after: before };
}
