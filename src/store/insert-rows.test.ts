import { describe, expect, it } from 'vitest';
import { insertRows, rowInsert } from './insert-rows.ts';
import { insertRuns } from './queries/runs.ts';
import { newRun, openState } from './store-fixture.suite.ts';

const insertBoots = rowInsert('boots (boot_id, started_at, seen_at)', '(?, 0, 0)');
const named = (count: number) => Array.from({ length: count }, (_, index) => `boot ${index}`);

describe('rows that are inserted together', () => {
  it.each([0, 1, 19, 20, 21, 40, 45])('%i are stored in their order, and the last one is told', async (count) => {
    const database = openState();
    const rows = named(count).map((name) => [name]);
    expect(await database.write((transaction) => insertRows(transaction, insertBoots, rows))).toBe(count);
    const stored = database.all<{ boot_id: string }>('SELECT boot_id FROM boots ORDER BY seq');
    expect(stored.map(({ boot_id }) => boot_id)).toEqual(named(count));
  });

  it.each([true, false])('leave nothing when one of them is refused (repeatable: %s)', async (repeatable) => {
    const database = openState();
    const rows = [...named(30), 'boot 25'].map((name) => [name]);
    const write = database.write(
      (transaction) => {
        insertRows(transaction, insertBoots, rows.slice(0, 5));
        insertRows(transaction, insertBoots, rows.slice(5));
      },
      { repeatable },
    );
    await expect(write).rejects.toThrow('UNIQUE');
    expect(database.all('SELECT * FROM boots')).toEqual([]);
  });
});

describe('runs that are inserted together', () => {
  it('are what single ones are: numbered in their order, with an id each and the days that begin with them', async () => {
    const one = openState();
    const together = openState();
    const msPerDay = 86_400_000;
    const runs = named(50).map((runUid, index) =>
      newRun({ runUid, dataset: `main.d${index % 40}`, createdAt: Math.floor(index / 20) * msPerDay, labelAt: 5_000 }),
    );
    const singles = await one.write((transaction) => runs.flatMap((run) => insertRuns(transaction, [run])));
    expect(await together.write((transaction) => insertRuns(transaction, runs))).toEqual(singles);
    for (const table of ['runs', 'run_days']) {
      expect(together.all(`SELECT * FROM ${table}`)).toEqual(one.all(`SELECT * FROM ${table}`));
    }
    expect(singles.map(({ seq }) => seq)).toEqual(runs.map((_, index) => index + 1));
    expect(singles.at(-1)?.runId).toBe('main.d9_19700101_000005_2');
  });
});
