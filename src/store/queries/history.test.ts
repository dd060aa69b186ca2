import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { utcDateOf } from '../../core/calendar-date.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { Database, type Queries } from '../sqlite.ts';
import { makeFolder, newRun, openState, storeRun } from '../store-fixture.suite.ts';
import { type HistoryFilter, newestRun, readHistory } from './history.ts';
import { insertRun } from './runs.ts';

const msPerDay = 86_400_000;
const january = Date.UTC(2024, 0, 1);

describe('history', () => {
  it('obeys every filter, and all of them together', async () => {
    const database = openState();
    await storeRun(database, { dataset: 'a.b', createdAt: january });
    await storeRun(database, {
      dataset: 'a.c',
      createdAt: january + msPerDay,
      sourceType: 'code',
      runType: 'scheduled',
    });
    const found = (filter: HistoryFilter) => readHistory(database, filter, 10).map((run) => run.dataset);
    expect(found({})).toEqual(['a.c', 'a.b']);
    expect(found({ dataset: 'a.b' })).toEqual(['a.b']);
    expect(found({ sourceType: 'code' })).toEqual(['a.c']);
    expect(found({ runType: 'adhoc' })).toEqual(['a.b']);
    expect(found({ status: 'RUNNING' })).toEqual([]);
    expect(found({ firstDate: '2024-01-02' })).toEqual(['a.c']);
    expect(found({ lastDate: '2024-01-01' })).toEqual(['a.b']);
    expect(found({ firstDate: '2024-01-03' })).toEqual([]);
    expect(found({ lastDate: '2023-12-31' })).toEqual([]);
    expect(found({ lastDate: '0000-01-01' })).toEqual([]);
    expect(found({ firstDate: '0000-01-01', lastDate: '9999-12-31' })).toHaveLength(2);
    const rest = { sourceType: 'code', runType: 'scheduled', status: 'PENDING', firstDate: '2024-01-02' } as const;
    expect(found({ dataset: 'a.c', ...rest, lastDate: '2024-01-02' })).toEqual(['a.c']);
    expect(found({ dataset: 'a.b', ...rest })).toEqual([]);
  });

  it('is what a walk over all runs finds, page by page, also where the clock was set back and forth', async () => {
    const kind = {
      dataset: fc.constantFrom('a', 'b'),
      sourceType: fc.constantFrom('manual' as const, 'code' as const),
      runType: fc.constantFrom('adhoc' as const, 'scheduled' as const, 'backfill' as const),
      status: fc.constantFrom('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'KILLED'),
    };
    const date = fc.integer({ min: 0, max: 5 }).map((day) => utcDateOf(january + day * msPerDay));
    const runs = fc.array(fc.record({ ...kind, hour: fc.integer({ min: 0, max: 96 }) }), { maxLength: 40 });
    const filters = fc.array(fc.record({ ...kind, firstDate: date, lastDate: date }, { requiredKeys: [] }), {
      minLength: 5,
      maxLength: 20,
    });
    const property = fc.asyncProperty(runs, filters, fc.integer({ min: 1, max: 7 }), async (made, asked, limit) => {
      const database = openState();
      await database.write((transaction) => {
        for (const { hour, status, ...run } of made) {
          const { runUid } = insertRun(transaction, newRun({ ...run, createdAt: january + hour * 3_600_000 }));
          transaction.run('UPDATE runs SET status = ? WHERE run_uid = ?', [status, runUid]);
        }
      });
      const all = readHistory(database, {}, 100);
      expect(all).toHaveLength(made.length);
      for (const dataset of ['a', 'b']) {
        expect(newestRun(database, dataset)).toEqual(all.find((run) => run.dataset === dataset));
      }
      for (const filter of asked as readonly HistoryFilter[]) {
        expect(readAll(database, filter, limit)).toEqual(
          all.filter((run) => isShown(run, filter)).map(({ seq }) => seq),
        );
      }
    });
    await fc.assert(property, { numRuns: 25 });
  });

  it.each<HistoryFilter>([
    { dataset: 'a' },
    { status: 'FAILED' },
    { sourceType: 'code' },
    { runType: 'scheduled', firstDate: '2024-01-02' },
    { dataset: 'a', status: 'COMPLETED', lastDate: '2024-01-02' },
    { firstDate: '2024-01-02' },
  ])('reads no more than it shows: %j', async (filter) => {
    const database = openState();
    await storeRun(database, { createdAt: january + msPerDay });
    const asked: string[] = [];
    const all: Queries['all'] = (sql, bindings) => {
      asked.push(sql);
      return database.all(sql, bindings);
    };
    readHistory({ all, get: (sql, bindings) => database.get(sql, bindings) }, filter, 10);
    const plans = asked.filter((sql) => sql.includes('FROM runs')).map((sql) => planOf(database, sql));
    expect(plans).toHaveLength(1);
    expect(plans.join()).not.toMatch(/SCAN runs|TEMP B-TREE/);
  });

  it.each([
    [1, 'one that waits', 'PENDING'],
    [19, 'few that were stopped before they started', 'KILLED'],
    [25, 'many that wait', 'PENDING'],
    [25, 'many that were stopped', 'KILLED'],
  ])('has the newest run of a dataset with %i: %s', async (count, _what, status) => {
    const database = openState();
    expect(newestRun(database, 'main.a')).toBeUndefined();
    for (let run = 0; run < count; run += 1) await storeRun(database);
    await storeRun(database, { dataset: 'main.b' });
    await database.write((transaction) => transaction.run('UPDATE runs SET status = ?', [status]));
    await storeRun(database, { runUid: 'newest' });
    expect(newestRun(database, 'main.a')?.runUid).toBe('newest');
  });

  it('knows the days of runs that an older version stored, as of new ones', async () => {
    const at = [0, 1, 1, 0, 2, 2].map((day) => january + day * msPerDay);
    const file = join(makeFolder(), 'state.sqlite');
    const old = new Database(file);
    onTestFinished(() => old.close());
    const step = readMigrations().findIndex(({ name }) => name.endsWith('_history.sql'));
    migrate(old, readMigrations().slice(0, step));
    // As the version of that step did: without noting the days.
    for (const [index, createdAt] of at.entries()) {
      old.get(
        `INSERT INTO runs (run_uid, run_id, short_id, dataset, source_type, run_type, status, params, revision, warehouse,
           logical_at, max_attempts, available_at, triggered_by, created_at)
         VALUES (?1, ?2, ?2, 'main.a', 'manual', 'adhoc', 'PENDING', '{}', 'r', 'default', 0, 1, 0, 'me', ?3)`,
        [`u${index}`, `main.a_19700101_00000${index}`, createdAt],
      );
    }
    migrate(old);
    const fresh = openState();
    for (const createdAt of at) await storeRun(fresh, { createdAt });
    const daysOf = (database: Database) => database.all('SELECT first_seq, day FROM run_days ORDER BY first_seq');
    expect(daysOf(old)).toEqual(daysOf(fresh));
    expect(daysOf(fresh)).toHaveLength(4);
  });
});

function planOf(database: Database, sql: string): string {
  return database
    .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .map(({ detail }) => detail)
    .join('\n');
}

/** Every page of a list, as the numbers of its runs. */
function readAll(database: Database, filter: HistoryFilter, limit: number): readonly number[] {
  const seen: number[] = [];
  for (;;) {
    const page = readHistory(database, { ...filter, beforeSeq: seen.at(-1) }, limit);
    seen.push(...page.map(({ seq }) => seq));
    if (page.length < limit) return seen;
  }
}

function isShown(run: ReturnType<typeof readHistory>[number], filter: HistoryFilter): boolean {
  const date = utcDateOf(run.createdAt) ?? '';
  return (
    (filter.dataset ?? run.dataset) === run.dataset &&
    (filter.sourceType ?? run.sourceType) === run.sourceType &&
    (filter.runType ?? run.runType) === run.runType &&
    (filter.status ?? run.status) === run.status &&
    date >= (filter.firstDate ?? '') &&
    date <= (filter.lastDate ?? '9999-12-31')
  );
}
