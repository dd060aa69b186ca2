import type { TickOutcome } from '../contract/ticks.ts';
import type { Run } from './run.ts';

/** What is known of a tick when it should be completed. Times are epoch ms. */
export interface TickToJudge {
  readonly scheduledAt: number;
  /** When it is late. */
  readonly dueAt: number;
  /** Null while it has no outcome. */
  readonly outcome: TickOutcome | null;
  /** The run that it made; null when it made none, or none that is still kept. */
  readonly run: Pick<Run, 'status' | 'startedAt' | 'finishedAt'> | null;
  /** When another run than a scheduled one completed the tick's date; null when none did. */
  readonly otherSuccessAt: number | null;
  readonly isPaused: boolean;
}

/**
 * Decides whether a tick is late: nothing completed it in time, whatever the reason. Only a pause excuses it, for somebody
 * wanted that: also the run that it holds back, as long as that has not started.
 */
export function isLate({ scheduledAt, dueAt, outcome, run, otherSuccessAt, isPaused }: TickToJudge): boolean {
  if (otherSuccessAt !== null && otherSuccessAt >= scheduledAt && otherSuccessAt <= dueAt) return false;
  if (outcome === 'skipped_paused') return false;
  if (outcome !== 'run') return outcome !== null || !isPaused;
  if (!run) return false;
  if (run.status === 'COMPLETED') return (run.finishedAt ?? 0) > dueAt;
  return !(isPaused && run.status === 'PENDING' && run.startedAt === null);
}
