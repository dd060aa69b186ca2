-- Each trigger wrote into four more indexes at the place of its dataset, a page for each. Ids are found by their time first now,
-- which is that of most runs' creation: the rows of one commit share a page or two. SQLite cannot take the unique run_id from a
-- table, so `runs` is made anew.
CREATE TABLE new_runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  run_uid TEXT NOT NULL UNIQUE,
  -- Made of the dataset, `label_at` and `label_use`, by which it is found.
  run_id TEXT NOT NULL,
  -- The second that the id names, since the epoch, and how many runs of the dataset it named by then.
  label_at INTEGER NOT NULL,
  label_use INTEGER NOT NULL,
  dataset TEXT NOT NULL,
  source_type TEXT NOT NULL,
  run_type TEXT NOT NULL CHECK (run_type IN ('adhoc', 'scheduled', 'backfill')),
  status TEXT NOT NULL CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'KILLED')),
  execution_date TEXT,
  params TEXT NOT NULL,
  revision TEXT NOT NULL,
  warehouse TEXT NOT NULL,
  -- What {{ ts }} is: the tick, midnight of the date for a backfill, else the trigger time.
  logical_at INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  -- Fences writes: who runs it (a server's boot id), and how often it was claimed.
  owner TEXT,
  claims INTEGER NOT NULL DEFAULT 0,
  -- 1 while an earlier date of its backfill has to complete first.
  held INTEGER NOT NULL DEFAULT 0,
  -- Not before this instant; 0 where it is not to be tried again later.
  available_at INTEGER NOT NULL DEFAULT 0,
  wait_reason TEXT,
  waiting_since INTEGER,
  process_deaths INTEGER NOT NULL DEFAULT 0,
  -- 1 when a process died under it, so that only the ledger knows whether it was published.
  uncertain INTEGER NOT NULL DEFAULT 0,
  published INTEGER NOT NULL DEFAULT 0,
  post_index INTEGER NOT NULL DEFAULT 0,
  -- How often its transaction met another one's writes.
  conflicts INTEGER NOT NULL DEFAULT 0,
  backfill_id TEXT,
  -- 1 when its date has a newer run in its backfill.
  superseded INTEGER NOT NULL DEFAULT 0,
  triggered_by TEXT NOT NULL,
  reason TEXT,
  error TEXT,
  stop_requested_at INTEGER,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER
) STRICT;

INSERT INTO new_runs (
  seq, run_uid, run_id, label_at, label_use, dataset, source_type, run_type, status, execution_date, params, revision, warehouse,
  logical_at, max_attempts, attempt, owner, claims, held, available_at, wait_reason, waiting_since, process_deaths, uncertain,
  published, post_index, conflicts, backfill_id, superseded, triggered_by, reason, error, stop_requested_at, created_at,
  started_at, finished_at
)
SELECT
  seq, run_uid, run_id,
  unixepoch(
    substr(stamp, 1, 4) || '-' || substr(stamp, 5, 2) || '-' || substr(stamp, 7, 2) || ' ' ||
    substr(stamp, 10, 2) || ':' || substr(stamp, 12, 2) || ':' || substr(stamp, 14, 2)
  ),
  CAST(iif(length(stamp) > 16, substr(stamp, 17), '1') AS INTEGER),
  dataset, source_type, run_type, status, execution_date, params, revision, warehouse,
  logical_at, max_attempts, attempt, owner, claims, held,
  -- Only what failed, or met another one's writes, is delayed.
  iif(error IS NULL AND conflicts = 0, 0, available_at),
  wait_reason, waiting_since, process_deaths, uncertain, published, post_index, conflicts, backfill_id, superseded, triggered_by,
  reason, error, stop_requested_at, created_at, started_at, finished_at
FROM (SELECT *, substr(run_id, length(dataset) + 2) AS stamp FROM runs)
ORDER BY seq;

-- No number is given twice, also not that of a run which was forgotten since.
DELETE FROM sqlite_sequence WHERE name = 'new_runs';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_runs', seq FROM sqlite_sequence WHERE name = 'runs';
DROP TABLE runs;
ALTER TABLE new_runs RENAME TO runs;

CREATE UNIQUE INDEX runs_label ON runs (label_at, dataset, label_use);
CREATE INDEX runs_status ON runs (status, run_type, source_type);
CREATE INDEX runs_backfill ON runs (backfill_id, superseded, status, seq) WHERE backfill_id IS NOT NULL;
CREATE INDEX runs_waiting ON runs (dataset, run_type = 'backfill', seq, available_at) WHERE status = 'PENDING' AND held = 0;
CREATE INDEX runs_delayed ON runs (available_at) WHERE status = 'PENDING' AND available_at > 0;
CREATE INDEX runs_unfinished ON runs (dataset, status, run_type, source_type) WHERE status IN ('PENDING', 'RUNNING');
CREATE INDEX runs_ended ON runs (dataset, status, run_type, source_type) WHERE status <> 'PENDING' AND status <> 'RUNNING';
CREATE INDEX runs_started ON runs (dataset, started_at) WHERE started_at IS NOT NULL;

-- Runs count their labels themselves. Those of backfills have no underscore.
CREATE TABLE backfill_labels (
  label TEXT PRIMARY KEY,
  used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO backfill_labels (label, used) SELECT label, used FROM run_labels WHERE instr(label, '_') = 0;
DROP TABLE run_labels;

-- Who follows one dataset looks at some thousand events at a time, as who follows one kind always did.
DROP INDEX events_dataset;
-- A run id ends with its time.
DROP INDEX events_run;
CREATE INDEX events_run ON events (substr(run_id, -15), run_id) WHERE run_id IS NOT NULL;

-- Clients make up keys of any order, and the answers would lie in it, each in a page of its own.
CREATE TABLE new_keys (
  seq INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO new_keys (key, digest, answer, created_at)
SELECT key, digest, answer, created_at FROM idempotency_keys ORDER BY created_at;
DROP TABLE idempotency_keys;
ALTER TABLE new_keys RENAME TO idempotency_keys;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
