-- The server's own state. Times are milliseconds since the epoch, JSON is text, flags are 0 or 1.

-- Every spec that was ever effective, by the digest of its content: a run keeps the revision that it was created with.
CREATE TABLE revisions (
  revision TEXT PRIMARY KEY,
  spec TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One spec under one source. `dataset_key` is the name in lower case: file systems and DuckDB do not tell case apart.
CREATE TABLE registrations (
  dataset TEXT NOT NULL,
  source_type TEXT NOT NULL CHECK (source_type IN ('manual', 'code')),
  dataset_key TEXT NOT NULL,
  revision TEXT NOT NULL REFERENCES revisions (revision),
  owner TEXT NOT NULL,
  warehouse TEXT NOT NULL,
  schedule_enabled INTEGER NOT NULL,
  -- Digest of the stored file, so that a start reads again only what changed.
  file_digest TEXT NOT NULL,
  reads TEXT NOT NULL,
  writes TEXT NOT NULL,
  registered_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (dataset, source_type)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX registrations_key ON registrations (dataset_key, source_type);

CREATE TABLE backfills (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  backfill_id TEXT NOT NULL UNIQUE,
  dataset TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  params TEXT NOT NULL,
  revision TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'KILLED')),
  -- 0 while its runs are being inserted: such a backfill was never acknowledged and is removed at the next start.
  stored INTEGER NOT NULL DEFAULT 0,
  -- Set when it will start no more dates: its waiting runs are being made KILLED, in batches.
  ending TEXT CHECK (ending IN ('FAILED', 'KILLED')),
  total_runs INTEGER NOT NULL,
  requested_by TEXT NOT NULL,
  reason TEXT,
  stop_requested_at INTEGER,
  failed_run_id TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX backfills_dataset ON backfills (dataset, seq);
CREATE INDEX backfills_ending ON backfills (seq) WHERE ending IS NOT NULL AND finished_at IS NULL;
CREATE INDEX backfills_unstored ON backfills (seq) WHERE stored = 0;

CREATE TABLE runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  run_uid TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL UNIQUE,
  -- The run id from the last part of the dataset's name on: people may leave out what comes before.
  short_id TEXT NOT NULL,
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
  available_at INTEGER NOT NULL,
  wait_reason TEXT,
  waiting_since INTEGER,
  process_deaths INTEGER NOT NULL DEFAULT 0,
  -- 1 when a process died under it, so that only the ledger knows whether it was published.
  uncertain INTEGER NOT NULL DEFAULT 0,
  published INTEGER NOT NULL DEFAULT 0,
  post_index INTEGER NOT NULL DEFAULT 0,
  backfill_id TEXT,
  triggered_by TEXT NOT NULL,
  reason TEXT,
  error TEXT,
  stop_requested_at INTEGER,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER
) STRICT;
CREATE INDEX runs_short_id ON runs (short_id);
CREATE INDEX runs_dataset ON runs (dataset, seq);
CREATE INDEX runs_status ON runs (status, seq);
CREATE INDEX runs_backfill ON runs (backfill_id, status, seq) WHERE backfill_id IS NOT NULL;
-- The waiting line: on-demand runs of a dataset before its backfill runs, each in the order of their creation.
CREATE INDEX runs_waiting ON runs (dataset, run_type = 'backfill', seq) WHERE status = 'PENDING' AND held = 0;
CREATE INDEX runs_delayed ON runs (available_at) WHERE status = 'PENDING' AND held = 0;
CREATE INDEX runs_unfinished ON runs (dataset, status) WHERE status IN ('PENDING', 'RUNNING');

CREATE TABLE attempts (
  run_uid TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  outcome TEXT,
  error TEXT,
  PRIMARY KEY (run_uid, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_logs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_uid TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  line TEXT NOT NULL
) STRICT;
CREATE INDEX run_logs_run ON run_logs (run_uid, id);

-- The next suffix of a run id: a counter per readable label, so that nothing is probed.
CREATE TABLE run_labels (
  label TEXT PRIMARY KEY,
  used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is known of each date, kept when runs are not.
CREATE TABLE dates (
  dataset TEXT NOT NULL,
  execution_date TEXT NOT NULL,
  success_run_uid TEXT,
  success_at INTEGER,
  started_run_uid TEXT NOT NULL,
  started_status TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  PRIMARY KEY (dataset, execution_date)
) STRICT, WITHOUT ROWID;

-- Append-only: what, who, why. The sequence number is the id of the event stream.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  dataset TEXT,
  run_id TEXT,
  backfill_id TEXT,
  actor TEXT NOT NULL,
  reason TEXT,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX events_run ON events (run_id, seq) WHERE run_id IS NOT NULL;
CREATE INDEX events_backfill ON events (backfill_id, seq) WHERE backfill_id IS NOT NULL;
CREATE INDEX events_dataset ON events (dataset, seq) WHERE dataset IS NOT NULL;

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
