import { BackfillOrder } from './audit-backfill-order.ts';
import type { BackfillRow, RecordedState, RunRow } from './recorded-state.ts';

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
 * Replays the log of events: it must lead every run to the state that it has, never two runs of a dataset at a time but dates
 * of one backfill that may, and the dates of each backfill in the order that it was asked for.
 */
export function auditEvents({ runs, events, backfills }: RecordedState): readonly string[] {
  const violations: string[] = [];
  const byId = new Map(runs.map((run) => [run.run_id, run]));
  const states = new Map(runs.map((run) => [run.run_id, 'PENDING']));
  const rows = new Map(backfills.map((backfill) => [backfill.backfill_id, backfill]));
  const orders = new Map(
    backfills.map((backfill) => {
      const own = runs.filter((run) => run.backfill_id === backfill.backfill_id);
      return [backfill.backfill_id, new BackfillOrder(backfill, own)];
    }),
  );
  for (const { kind, run_id, backfill_id } of events) {
    if (run_id === null && backfill_id !== null)
      violations.push(
        ...(orders.get(backfill_id)?.change(kind, states) ?? [`${kind} of ${backfill_id}, which is gone`]),
      );
    const change = changes[kind];
    const run = byId.get(run_id ?? '');
    if (!change || !run) continue;
    const before = states.get(run.run_id) ?? 'PENDING';
    if (!change.from.includes(before)) violations.push(`${kind} of ${run.run_id} came while it was ${before}`);
    if (change.to === 'RUNNING') {
      const others = runs.filter((one) => one.dataset === run.dataset && states.get(one.run_id) === 'RUNNING');
      violations.push(...crowd(run, others, rows.get(run.backfill_id ?? '')));
      violations.push(...(orders.get(run.backfill_id ?? '')?.start(run, states) ?? []));
    }
    states.set(run.run_id, change.to);
  }
  for (const { run_id, status } of runs) {
    if (states.get(run_id) !== status) violations.push(`${run_id} is ${status}; its events say ${states.get(run_id)}`);
  }
  return [...violations, ...orders.values().flatMap((order) => order.end())];
}

/** What is wrong with a start while other runs of the dataset are at work. */
function crowd(run: RunRow, others: readonly RunRow[], backfill: BackfillRow | undefined): readonly string[] {
  const isOwn = (other: RunRow) => backfill !== undefined && other.backfill_id === backfill.backfill_id;
  const wrong = others.filter((other) => !isOwn(other) || other.execution_date === run.execution_date);
  const isFull = others.length > 0 && others.length >= (backfill?.parallel ?? 1);
  return [
    ...wrong.map((other) => `${run.run_id} started while ${other.run_id} ran`),
    ...(isFull ? [`${run.run_id} started beside ${others.length} others`] : []),
  ];
}
