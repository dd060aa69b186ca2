-- How a backfill goes through its dates.
ALTER TABLE backfills ADD COLUMN parallel INTEGER NOT NULL DEFAULT 1;
ALTER TABLE backfills ADD COLUMN reverse INTEGER NOT NULL DEFAULT 0;
ALTER TABLE backfills ADD COLUMN continue_on_failure INTEGER NOT NULL DEFAULT 0;
ALTER TABLE backfills ADD COLUMN only_dates TEXT CHECK (only_dates IN ('missing', 'failed'));
ALTER TABLE backfills ADD COLUMN ticks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE backfills ADD COLUMN resumed_at INTEGER;
-- Set while a resume, which takes several transactions, replaces the runs up to this seq that did not complete.
ALTER TABLE backfills ADD COLUMN resume_until INTEGER;
CREATE INDEX backfills_resuming ON backfills (seq) WHERE resume_until IS NOT NULL;

-- 1 once a resume has given its date a newer run: what a backfill counts and shows are the others.
ALTER TABLE runs ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0;
-- How often its transaction met another one's writes: from the first time on it is tried alone in its dataset.
ALTER TABLE runs ADD COLUMN conflicts INTEGER NOT NULL DEFAULT 0;

DROP INDEX runs_backfill;
CREATE INDEX runs_backfill ON runs (backfill_id, superseded, status, seq) WHERE backfill_id IS NOT NULL;
