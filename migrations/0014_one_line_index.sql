-- A run on demand that waits stood in two indexes at the place of its dataset, a page of its own in each. `runs_unfinished` finds
-- the first of its dataset's line as well; `runs_waiting` is left to backfills, of which thousands of dates may be held.
DROP INDEX runs_unfinished;
CREATE INDEX runs_unfinished ON runs (dataset, status, run_type, source_type, seq, held, available_at)
  WHERE status IN ('PENDING', 'RUNNING');
DROP INDEX runs_waiting;
CREATE INDEX runs_waiting ON runs (dataset, seq, available_at)
  WHERE status = 'PENDING' AND held = 0 AND run_type = 'backfill';
