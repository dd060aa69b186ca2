-- Who may use the server, and as what. A token itself is kept nowhere: `digest` is its SHA-256, and a token is 256 random bits.
CREATE TABLE tokens (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  token_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'deployer', 'admin')),
  digest BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  revoked_by TEXT
) STRICT;
-- Events name who acted by the token's name, so two tokens that can be used never share one.
CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;
