-- Finds the run of a dataset that started last, without walking past dates of a backfill that never did.
CREATE INDEX runs_started ON runs (dataset, started_at) WHERE started_at IS NOT NULL;
