import type { SourceType } from '../contract/fields.ts';
import type { RunError, RunStatus, RunType } from '../contract/runs.ts';
import type { ParameterValues } from './parameters.ts';

/**
 * When a run may start that is not to be tried again later: at any time, whatever the clock says. Were it the time of its creation,
 * a clock that was wrong then would keep it waiting until it comes true.
 */
export const notDelayed = 0;

/** A run as the server keeps it. Times are milliseconds since the epoch. */
export interface Run {
  /** The order of creation: the place in the waiting line. */
  readonly seq: number;
  readonly runUid: string;
  readonly runId: string;
  readonly dataset: string;
  readonly sourceType: SourceType;
  readonly runType: RunType;
  readonly status: RunStatus;
  readonly executionDate: string | null;
  readonly params: ParameterValues;
  readonly revision: string;
  readonly warehouse: string;
  readonly logicalAt: number;
  readonly maxAttempts: number;
  readonly attempt: number;
  readonly owner: string | null;
  readonly claims: number;
  readonly held: boolean;
  /** It does not start before this instant, which {@link notDelayed} is where nothing delays it. */
  readonly availableAt: number;
  readonly waitReason: string | null;
  readonly waitingSince: number | null;
  readonly processDeaths: number;
  readonly uncertain: boolean;
  readonly published: boolean;
  readonly postIndex: number;
  /** How often its transaction met another one's writes. */
  readonly conflicts: number;
  readonly backfillId: string | null;
  /** Its date has a newer run in its backfill. */
  readonly superseded: boolean;
  readonly triggeredBy: string;
  readonly reason: string | null;
  readonly error: RunError | null;
  readonly stopRequestedAt: number | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

/** What a run needs to be stored; the rest has its first value. */
export interface NewRun {
  readonly runUid: string;
  readonly dataset: string;
  readonly sourceType: SourceType;
  readonly runType: RunType;
  readonly executionDate: string | null;
  readonly params: ParameterValues;
  readonly revision: string;
  readonly warehouse: string;
  readonly logicalAt: number;
  /** What its readable id is made of; the run id of a backfill's date is midnight UTC. @default logicalAt */
  readonly labelAt?: number;
  readonly maxAttempts: number;
  readonly held: boolean;
  readonly backfillId: string | null;
  readonly triggeredBy: string;
  readonly createdAt: number;
}
