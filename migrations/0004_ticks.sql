-- Every schedule that is in force: of the effective registration of a dataset, and enabled. `next_at` is the cursor: every
-- tick before it has its outcome in `ticks`, in the transaction that moved it.
CREATE TABLE schedules (
  dataset TEXT PRIMARY KEY,
  source_type TEXT NOT NULL,
  revision TEXT NOT NULL,
  cron TEXT NOT NULL,
  timezone TEXT NOT NULL,
  execution_date TEXT NOT NULL,
  catchup TEXT NOT NULL,
  overlap TEXT NOT NULL,
  -- What a tick's run is made of, so that 10,000 ticks at once need not read 10,000 specs.
  warehouse TEXT NOT NULL,
  max_attempts INTEGER NOT NULL,
  params TEXT NOT NULL,
  has_date INTEGER NOT NULL,
  next_at INTEGER,
  -- When this rule came into force: ticks before belong to nobody.
  since INTEGER NOT NULL,
  -- No tick after this instant has an outcome yet. It lies after `next_at` when the clock was set back.
  recorded_until INTEGER NOT NULL,
  -- Ticks up to this instant were promised a run by a catch-up that is stored in several transactions.
  catchup_until INTEGER,
  -- A copy of whether the dataset is in `pauses`.
  paused INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX schedules_due ON schedules (next_at) WHERE paused = 0 AND next_at IS NOT NULL;

-- The outcome of every tick. One row is one tick, or consecutive ticks with the same outcome and no run.
CREATE TABLE ticks (
  dataset TEXT NOT NULL,
  scheduled_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('run', 'skipped_overlap', 'skipped_paused', 'missed')),
  run_id TEXT,
  reason TEXT,
  -- The rule that the ticks followed, to show the single ones of a stretch.
  rule_id INTEGER NOT NULL REFERENCES tick_rules (rule_id),
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (dataset, scheduled_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticks_recorded ON ticks (recorded_at);
-- The primary key keeps a tick from a second row; this keeps a stretch from covering a tick that has one.
CREATE TRIGGER ticks_apart BEFORE INSERT ON ticks
WHEN NEW.scheduled_at <= (
  SELECT until_at FROM ticks WHERE dataset = NEW.dataset AND scheduled_at <= NEW.until_at ORDER BY scheduled_at DESC LIMIT 1
)
BEGIN
  SELECT RAISE(ABORT, 'a tick has an outcome already');
END;

CREATE TABLE tick_rules (
  rule_id INTEGER PRIMARY KEY,
  cron TEXT NOT NULL,
  timezone TEXT NOT NULL,
  execution_date TEXT NOT NULL,
  UNIQUE (cron, timezone, execution_date)
) STRICT;

-- Scheduled runs that have not ended: what `overlap` asks about, and what a pause holds.
CREATE INDEX runs_scheduled ON runs (dataset, status, seq)
WHERE run_type = 'scheduled' AND status IN ('PENDING', 'RUNNING');

-- When servers were up on this folder: a tick that was due while none was is told of with these times.
CREATE TABLE boots (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  boot_id TEXT NOT NULL UNIQUE,
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
