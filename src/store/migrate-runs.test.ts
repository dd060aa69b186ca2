import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { migrate, readMigrations } from './migrate.ts';
import { takeBackfillId } from './queries/backfills.ts';
import { readEvents } from './queries/events.ts';
import { earlierAnswer } from './queries/idempotency.ts';
import { findRuns, getRun } from './queries/runs.ts';
import { Database } from './sqlite.ts';
import { makeFolder, storeRun } from './store-fixture.suite.ts';

const clicks = 'iceberg.analytics.daily_clicks';
const ids = [
  `${clicks}_20240229_093045`,
  `${clicks}_20240229_093045_2`,
  `${clicks}_20240229_093045_12`,
  'x_1_19691231_235959',
];

/** A state as the version before `_run_labels.sql` wrote it. */
function olderState(): Database {
  const database = new Database(join(makeFolder(), 'state.sqlite'));
  onTestFinished(() => database.close());
  const step = readMigrations().findIndex(({ name }) => name.endsWith('_run_labels.sql'));
  migrate(database, readMigrations().slice(0, step));
  for (const [index, id] of ids.entries()) {
    const dataset = id.startsWith('x') ? 'x_1' : clicks;
    database.execute(`
      INSERT INTO runs (run_uid, run_id, short_id, dataset, source_type, run_type, status, params, revision, warehouse, logical_at,
                        max_attempts, held, available_at, superseded, conflicts, error, triggered_by, created_at, finished_at)
      VALUES ('u${index}', '${id}', 'short', '${dataset}', 'code', 'backfill', 'FAILED', '{"a":${index}}', 'r', 'w', 5, 3, 1, 6, 1, 2,
              '{"code":"DLI-815"}', 'me', 7, 8);
      INSERT INTO events (at, kind, run_id, actor, data) VALUES (1, 'run.failed', '${id}', 'me', '{}')`);
  }
  database.execute(`
    INSERT INTO runs (run_uid, run_id, short_id, dataset, source_type, run_type, status, params, revision, warehouse, logical_at,
                      max_attempts, available_at, triggered_by, created_at)
    VALUES ('gone', 'gone', 'gone', 'gone', 'manual', 'adhoc', 'KILLED', '{}', 'r', 'w', 5, 3, 6, 'me', 7);
    DELETE FROM runs WHERE run_uid = 'gone';
    INSERT INTO run_labels (label, used) VALUES ('${ids[0]}', 12), ('bf-20240229-093045', 3);
    INSERT INTO idempotency_keys (key, digest, answer, created_at) VALUES ('b', 'd', '{"n":1}', 20), ('a', 'd', '{"n":2}', 10)`);
  return database;
}

/** Gives each column of a run that may have any value one of its own, so that none can take another's place. */
function makeDistinct(database: Database, runUid: string): void {
  const fixed = ['seq', 'run_uid', 'run_id', 'dataset', 'run_type', 'status'];
  const columns = database
    .all<{ name: string; type: string }>("SELECT name, type FROM pragma_table_info('runs')")
    .filter(({ name }) => !fixed.includes(name));
  const values = columns.map(({ name, type }, index) => `${name} = ${type === 'TEXT' ? `'"${name}"'` : 100 + index}`);
  database.execute(`UPDATE runs SET ${values.join(', ')} WHERE run_uid = '${runUid}'`);
}

it('keeps every fact of a run, and finds it by its id as before', () => {
  const database = olderState();
  makeDistinct(database, 'u0');
  const before = database.all<Record<string, unknown>>('SELECT * FROM runs ORDER BY seq');
  migrate(database);
  // Another text than before: a prepared statement keeps the columns that it had.
  const after = database.all<Record<string, unknown>>('SELECT runs.* FROM runs ORDER BY seq');
  expect(after.map(({ label_at: _at, label_use: _use, ...facts }) => facts)).toEqual(
    before.map(({ short_id: _short, ...facts }) => facts),
  );
  for (const [index, id] of ids.entries())
    expect(findRuns(database, id).map(({ runUid }) => runUid)).toEqual([`u${index}`]);
  expect(findRuns(database, 'daily_clicks_20240229_093045_2').map(({ runUid }) => runUid)).toEqual(['u1']);
  expect(getRun(database, 'u2')).toMatchObject({ seq: 3, superseded: true, held: true, conflicts: 2, finishedAt: 8 });
});

it.each([
  ['nothing has failed', 'NULL', 0, 0],
  ['an attempt has failed', `'{"code":"DLI-802"}'`, 0, 6],
  ["its writes met another one's", 'NULL', 1, 6],
])('a run that waits is delayed only where it is tried again later: %s', (_what, error, conflicts, availableAt) => {
  const database = olderState();
  database.execute(`UPDATE runs SET status = 'PENDING', error = ${error}, conflicts = ${conflicts}`);
  migrate(database);
  expect(ids.map((_, index) => getRun(database, `u${index}`)?.availableAt)).toEqual(ids.map(() => availableAt));
});

it('goes on counting: numbers of runs, uses of their labels, and ids of backfills', async () => {
  const database = olderState();
  migrate(database);
  expect(database.all('SELECT * FROM backfill_labels')).toEqual([{ label: 'bf-20240229-093045', used: 3 }]);
  const at = Date.UTC(2024, 1, 29, 9, 30, 45, 999);
  const run = await storeRun(database, { dataset: clicks, logicalAt: at });
  expect(run).toMatchObject({ seq: 6, runId: `${clicks}_20240229_093045_13` });
  expect(await database.write((transaction) => takeBackfillId(transaction, at))).toBe('bf-20240229-093045-4');
});

it("keeps a run's events and the answers of keys", () => {
  const database = olderState();
  migrate(database);
  const of = (runId: string) => readEvents(database, { after: 0, filter: { runId }, limit: 10 }).map(({ seq }) => seq);
  expect(ids.map(of)).toEqual([[1], [2], [3], [4]]);
  const answers = database.all('SELECT key, answer FROM idempotency_keys ORDER BY seq');
  expect(answers).toEqual([
    { key: 'a', answer: '{"n":2}' },
    { key: 'b', answer: '{"n":1}' },
  ]);
  expect(() => earlierAnswer(database, { key: 'a', operation: 'run', input: {} }, 11)).toThrow(
    'used for another request',
  );
});
