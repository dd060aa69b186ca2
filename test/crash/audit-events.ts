import type { RecordedState, RunRow } from './recorded-state.ts';

/** What each event makes of a run. Written out here once more, so that a mistake in the product's own table shows. */
const changes: Readonly<Record<string, { readonly from: readonly string[]; readonly to: string }>> = {
  'run.started': { from: ['PENDING'], to: 'RUNNING' },
  'run.waiting': { from: ['RUNNING'], to: 'PENDING' },
  'run.retrying': { from: ['RUNNING'], to: 'PENDING' },
  'run.lost': { from: ['RUNNING'], to: 'PENDING' },
  'run.completed': { from: ['RUNNING'], to: 'COMPLETED' },
  'run.failed': { from: ['RUNNING', 'PENDING'], to: 'FAILED' },
  'run.killed': { from: ['RUNNING', 'PENDING'], to: 'KILLED' },
};

/**
 * Replays the log of events: it must lead every run to the state that it has, never two runs of a dataset at a time, and
 * the dates of a backfill one after the other, each after the one before it completed.
 */
export function auditEvents({ runs, events, backfills }: RecordedState): readonly string[] {
  const violations: string[] = [];
  const byId = new Map(runs.map((run) => [run.run_id, run]));
  const states = new Map(runs.map((run) => [run.run_id, 'PENDING']));
  const atWork = new Map<string, string>();
  for (const { kind, run_id } of events) {
    const change = changes[kind];
    const run = byId.get(run_id ?? '');
    if (!change || !run) continue;
    const before = states.get(run.run_id) ?? 'PENDING';
    if (!change.from.includes(before)) violations.push(`${kind} of ${run.run_id} came while it was ${before}`);
    states.set(run.run_id, change.to);
    const other = atWork.get(run.dataset);
    if (change.to === 'RUNNING') {
      if (other !== undefined) violations.push(`${run.run_id} started while ${other} ran`);
      violations.push(...earlierDatesOpen(run, runs, states));
      atWork.set(run.dataset, run.run_id);
    } else if (other === run.run_id) atWork.delete(run.dataset);
  }
  for (const { run_id, status } of runs) {
    if (states.get(run_id) !== status) violations.push(`${run_id} is ${status}; its events say ${states.get(run_id)}`);
  }
  for (const { backfill_id, status } of backfills) {
    const ends = events.filter((event) => event.backfill_id === backfill_id && event.run_id === null);
    const expected = ['backfill.created', `backfill.${status.toLowerCase()}`];
    const kinds = ends.map(({ kind }) => kind).filter((kind) => kind !== 'backfill.stop_requested');
    if (kinds.join() !== expected.join()) violations.push(`${backfill_id} is ${status}; its events are ${kinds}`);
  }
  return violations;
}

function earlierDatesOpen(run: RunRow, runs: readonly RunRow[], states: ReadonlyMap<string, string>) {
  if (run.backfill_id === null) return [];
  return runs
    .filter((other) => other.backfill_id === run.backfill_id && other.execution_date < run.execution_date)
    .filter((other) => states.get(other.run_id) !== 'COMPLETED')
    .map((other) => `${run.run_id} started while ${other.run_id} was ${states.get(other.run_id)}`);
}
