-- A layer of its own, kept for each dataset: no registration, update or unregistration changes it.
CREATE TABLE pauses (
  dataset TEXT PRIMARY KEY,
  paused_at INTEGER NOT NULL,
  paused_by TEXT NOT NULL,
  reason TEXT
) STRICT, WITHOUT ROWID;
