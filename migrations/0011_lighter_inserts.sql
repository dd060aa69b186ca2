-- A trigger on an insert makes SQLite copy every page that the insert touches, a dozen of them: what it did is done where
-- runs are inserted.
DROP TRIGGER runs_day;
-- What it answered is the beginning of `runs_unfinished`.
DROP INDEX runs_scheduled;
