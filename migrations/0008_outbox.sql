-- What people are to be told, written in the transaction of the change that it tells of and delivered after it. The order of
-- `seq` is the order of delivery to each target.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Given once and sent with every attempt, so that a receiver can drop repeats.
  notification_id TEXT NOT NULL UNIQUE DEFAULT ('n_' || lower(hex(randomblob(12)))),
  kind TEXT NOT NULL,
  dataset TEXT NOT NULL,
  run_id TEXT,
  backfill_id TEXT,
  type TEXT NOT NULL CHECK (type IN ('slack', 'email', 'webhook')),
  channel TEXT NOT NULL,
  title TEXT NOT NULL,
  why TEXT NOT NULL,
  command TEXT,
  facts TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'delivered', 'given_up')),
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  -- When it waits since, for giving up: its creation, or the last time that somebody asked for it again.
  waiting_since INTEGER NOT NULL,
  -- Not tried before; only the first one that waits for a target is looked at.
  due_at INTEGER NOT NULL DEFAULT 0,
  -- 1 after a digest with it was refused: it goes alone, so that it does not take others with it, nor they it.
  alone INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  -- The last of the notifications that were delivered in one message.
  message_seq INTEGER
) STRICT;
CREATE INDEX outbox_waiting ON outbox (type, channel, seq) WHERE status = 'waiting';
CREATE INDEX outbox_delivered ON outbox (type, channel, finished_at) WHERE status = 'delivered';
CREATE INDEX outbox_given_up ON outbox (seq) WHERE status = 'given_up';
CREATE INDEX outbox_dataset ON outbox (dataset, seq);
CREATE INDEX outbox_backfill ON outbox (backfill_id, seq) WHERE backfill_id IS NOT NULL;

-- Datasets of which a run has failed since the last one completed: the next success is a recovery.
CREATE TABLE failing_datasets (
  dataset TEXT PRIMARY KEY,
  run_id TEXT NOT NULL,
  failed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Schedules whose ticks are to be completed in time. Every tick up to `judged_until` has been looked at.
CREATE TABLE late_watches (
  dataset TEXT PRIMARY KEY,
  after_minutes INTEGER NOT NULL,
  judged_until INTEGER NOT NULL,
  -- When the next tick is to be completed at the latest; null when there is none.
  due_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX late_watches_due ON late_watches (due_at) WHERE due_at IS NOT NULL;

-- Schedules that are in force already are watched from their next tick on.
INSERT INTO late_watches (dataset, after_minutes, judged_until, due_at)
SELECT dataset, after_minutes, next_at - 1, next_at + after_minutes * 60000
FROM (
  SELECT dataset, next_at, json_extract(spec, '$.schedule.notifications.onLate.afterMinutes') AS after_minutes
  FROM schedules JOIN revisions USING (revision)
)
WHERE after_minutes IS NOT NULL AND next_at IS NOT NULL;
