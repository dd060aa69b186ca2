-- History at any size, for the same number of index entries a run as before. A kind of runs is a status, a run type and a
-- source; a page is the merge of the kinds that it shows, each read from the end of its own range of an index, so that a
-- kind without runs costs as little as one with millions. Every index ends with `seq`, as all of SQLite's do here.
DROP INDEX runs_status;
CREATE INDEX runs_status ON runs (status, run_type, source_type);
DROP INDEX runs_unfinished;
CREATE INDEX runs_unfinished ON runs (dataset, status, run_type, source_type) WHERE status IN ('PENDING', 'RUNNING');
DROP INDEX runs_dataset;
-- Not IN: with three values or more SQLite builds a table of them for every row that it writes.
CREATE INDEX runs_ended ON runs (dataset, status, run_type, source_type) WHERE status <> 'PENDING' AND status <> 'RUNNING';

-- Where in the order of `seq` a day begins (UTC, days since 1970-01-01): a filter by date becomes a range of `seq`. A day
-- has one row, and a row more for each time that the clock was set back into it.
CREATE TABLE run_days (
  first_seq INTEGER PRIMARY KEY,
  day INTEGER NOT NULL
) STRICT;
INSERT INTO run_days (first_seq, day)
SELECT seq, day
FROM (SELECT seq, created_at / 86400000 AS day, lag(created_at / 86400000) OVER (ORDER BY seq) AS day_before FROM runs)
WHERE day IS NOT day_before;
CREATE TRIGGER runs_day AFTER INSERT ON runs
WHEN NEW.created_at / 86400000 IS NOT (SELECT day FROM run_days ORDER BY first_seq DESC LIMIT 1)
BEGIN
  INSERT INTO run_days (first_seq, day) VALUES (NEW.seq, NEW.created_at / 86400000);
END;
