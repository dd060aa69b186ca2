-- What is known of each file of the spec store, so that a look at it reads only what changed, and says why a file is not in force.
CREATE TABLE spec_files (
  source_type TEXT NOT NULL CHECK (source_type IN ('manual', 'code')),
  -- Below manual/, below code/, or in the release.
  path TEXT NOT NULL,
  -- What it defines, or defined last; NULL when that is not known, and for a YAML file that defines no dataset.
  dataset TEXT,
  -- Of its text and of the SQL files that it names.
  digest TEXT NOT NULL,
  -- Those SQL files, a JSON list of paths beside the file.
  sql_files TEXT NOT NULL,
  -- Sizes, times and inodes of these files when they were read; empty when they have to be read again.
  signature TEXT NOT NULL,
  -- Why it is not in force.
  error TEXT,
  PRIMARY KEY (source_type, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX spec_files_dataset ON spec_files (dataset, source_type) WHERE dataset IS NOT NULL;
CREATE INDEX spec_files_broken ON spec_files (dataset, source_type) WHERE error IS NOT NULL;

INSERT INTO spec_files (source_type, path, dataset, digest, sql_files, signature, error)
SELECT source_type, dataset || '.yaml', dataset, file_digest, '[]', '', NULL FROM registrations;
ALTER TABLE registrations DROP COLUMN file_digest;

-- The spec as one YAML document with its SQL, to show what a past run was made of; NULL for revisions from before this column.
ALTER TABLE revisions ADD COLUMN text TEXT;

-- The deploy that the state follows, so that a look at the releases knows when there is nothing to do.
CREATE TABLE code_release (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  deploy_id TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;
