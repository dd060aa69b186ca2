-- The deploy that this server did last, kept just before its release comes into force: what such a release does not have was
-- meant to go. A release of any other deploy was brought by somebody.
CREATE TABLE code_intent (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  deploy_id TEXT NOT NULL,
  -- For whoever asks again after a crash: the key that the request carried, a digest of the request and its answer, as in
  -- idempotency_keys.
  key TEXT,
  digest TEXT NOT NULL,
  answer TEXT NOT NULL
) STRICT;
