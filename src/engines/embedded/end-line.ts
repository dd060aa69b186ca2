import type { AttemptEnd } from '../../core/settlement.ts';
import type { CancelReason } from '../../warehouses/warehouse.ts';

/** What led to an attempt's end, besides the end itself. */
export interface EndCircumstances {
  /** Why this server cancelled the attempt, if it did. */
  readonly cancelled: CancelReason | null;
  readonly timeoutSeconds: number;
  /** Nothing was to be executed: only the ledger was asked. */
  readonly ledgerOnly: boolean;
}

/** Says an attempt's end for its log; undefined where the log has it already: success, and errors, which are logged where they happen. */
export function endLine(
  end: AttemptEnd,
  { cancelled, timeoutSeconds, ledgerOnly }: EndCircumstances,
): string | undefined {
  if (end.kind === 'lost') return `lost: ${end.reason}`;
  if (end.kind === 'unavailable') return `waits: ${end.reason}`;
  if (end.kind !== 'cancelled') return undefined;
  if (ledgerOnly) return `not run again: it was ${end.published ? '' : 'not '}published`;
  return `${causeOf(cancelled, timeoutSeconds)}; ${end.published ? 'its data is published' : 'rolled back'}`;
}

function causeOf(cancelled: CancelReason | null, timeoutSeconds: number): string {
  if (cancelled === 'timeout') return `timed out after ${timeoutSeconds} s`;
  if (cancelled === 'stop') return 'stopped';
  return cancelled === 'shutdown' ? 'interrupted: the server shut down' : 'cancelled';
}
