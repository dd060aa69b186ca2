import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrate } from '../../../src/store/migrate.ts';
import { Database } from '../../../src/store/sqlite.ts';
import { readRecordedState } from '../recorded-state.ts';
import { judgeTicks } from './judge-ticks.ts';

/* The judge itself: a state that is whole, and what it must find when one thing of it is not. */

const minute = 60_000;
const start = Date.UTC(2024, 0, 15, 9);
const dataset = 'main.a';
const at = (minutes: number) => start + minutes * minute;

/** Ticks at every second minute: a run, two that were skipped, a run; the next one is due at 10. */
const whole = [
  `INSERT INTO tick_rules (rule_id, cron, timezone, execution_date) VALUES (1, '*/2 * * * *', 'UTC', 'same_day')`,
  ...[
    [2, 2, 1, 'run', `'r2'`],
    [4, 6, 2, 'skipped_overlap', 'NULL'],
    [8, 8, 1, 'run', `'r8'`],
  ].map(
    ([from, to, count, outcome, run]) =>
      `INSERT INTO ticks (dataset, scheduled_at, until_at, count, outcome, run_id, rule_id, recorded_at)
       VALUES ('${dataset}', ${at(Number(from))}, ${at(Number(to))}, ${count}, '${outcome}', ${run}, 1, 0)`,
  ),
  ...[2, 8].map(
    (minutes) =>
      `INSERT INTO runs (run_uid, run_id, label_at, label_use, dataset, source_type, run_type, status, params, revision, warehouse, logical_at,
                         max_attempts, held, available_at, triggered_by, created_at)
       VALUES ('u${minutes}', 'r${minutes}', ${at(minutes)} / 1000, 1, '${dataset}', 'manual', 'scheduled', 'PENDING', '{}', 'x', 'w', ${at(minutes)}, 1, 0, 0, 's', 0)`,
  ),
  `INSERT INTO schedules (dataset, source_type, revision, cron, timezone, execution_date, catchup, overlap, warehouse,
                          max_attempts, params, has_date, next_at, since, recorded_until, paused)
   VALUES ('${dataset}', 'manual', 'x', '*/2 * * * *', 'UTC', 'same_day', 'all', 'skip', 'w', 1, '{}', 1, ${at(10)}, ${at(1)}, ${at(8)}, 0)`,
];

async function judge(damage: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-judge-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const database = new Database(join(folder, 'state.sqlite'));
  migrate(database);
  for (const sql of [...whole, damage]) database.execute(sql);
  database.close();
  return judgeTicks(folder, await readRecordedState(folder, { writable: true }));
}

describe('the judge of ticks after a loss of power', () => {
  it('has nothing to say of a state that is whole', async () => {
    expect(await judge('SELECT 1')).toEqual([]);
  });

  it.each([
    ['a tick that is gone', 'DELETE FROM ticks WHERE count = 2', '4 ticks lie before the cursor and 2 have an outcome'],
    ['a cursor that stayed behind', `UPDATE schedules SET next_at = ${at(8)}`, `the cursor is at ${at(8)} instead of`],
    ['a stretch that is too short', 'UPDATE ticks SET count = 1 WHERE count = 2', 'the 1 ticks from'],
    ['a tick whose run is gone', `DELETE FROM runs WHERE run_id = 'r2'`, `the tick at ${at(2)} is run with r2`],
    ['a run whose tick is gone', `DELETE FROM ticks WHERE run_id = 'r8'`, 'r8 has no tick'],
    ['an end that nobody knows', `UPDATE schedules SET recorded_until = ${at(6)}`, `recorded until ${at(6)}`],
    [
      'a pause of which the schedule knows nothing',
      `INSERT INTO pauses VALUES ('${dataset}', 0, 'ann', NULL)`,
      'disagree',
    ],
    ['a pause without its event', `INSERT INTO pauses VALUES ('main.b', 0, 'ann', NULL)`, 'paused are main.b'],
  ])('finds %s', async (_, damage, violation) => {
    expect(await judge(damage)).toContainEqual(expect.stringContaining(violation));
  });
});
