import fc from 'fast-check';
import { expect, it } from 'vitest';
import { explaining, openState, storeRun } from '../store-fixture.suite.ts';
import {
  countAvailable,
  datasetsWaiting,
  oldestWaiting,
  readDatesThatMayStart,
  readHead,
  waitingBefore,
} from './line.ts';
import { waitingRuns } from './runs.ts';

const now = 1_000;
const datasets = ['main.a', 'main.b'];

/** A run in any state that the line can meet it in. */
const anyRun = fc.record({
  dataset: fc.constantFrom(...datasets),
  runType: fc.constantFrom('adhoc', 'scheduled', 'backfill'),
  sourceType: fc.constantFrom('manual', 'code'),
  status: fc.constantFrom('PENDING', 'PENDING', 'PENDING', 'RUNNING', 'COMPLETED'),
  held: fc.boolean(),
  availableAt: fc.constantFrom(0, 0, now - 1, now, now + 1),
  backfillId: fc.constantFrom('bf-1', 'bf-2'),
});

it('is read as a list of all runs says, whatever kinds of runs wait in it', async () => {
  const database = openState();
  await fc.assert(
    fc.asyncProperty(fc.array(anyRun, { maxLength: 12 }), async (wanted) => {
      await database.write((transaction) => transaction.run('DELETE FROM runs'));
      const runs = [];
      for (const { status, availableAt, ...given } of wanted) {
        const backfillId = given.runType === 'backfill' ? given.backfillId : null;
        const run = await storeRun(database, { ...given, backfillId, createdAt: runs.length });
        const change = 'UPDATE runs SET status = ?, available_at = ? WHERE seq = ?';
        await database.write((transaction) => transaction.run(change, [status, availableAt, run.seq]));
        runs.push({ ...run, status, availableAt });
      }
      const mayStart = runs.filter(
        ({ status, held, availableAt }) => status === 'PENDING' && !held && availableAt <= now,
      );
      const lineOf = (dataset: string, isBackfill: boolean) =>
        mayStart.filter((run) => run.dataset === dataset && (run.runType === 'backfill') === isBackfill);
      for (const dataset of datasets) {
        for (const isBackfill of [false, true]) {
          expect(readHead(database, { dataset, isBackfill, now })?.runUid).toBe(lineOf(dataset, isBackfill)[0]?.runUid);
        }
        const dates = readDatesThatMayStart(database, { dataset, backfillId: 'bf-1', now });
        const expected = lineOf(dataset, true).filter(({ backfillId }) => backfillId === 'bf-1');
        expect(dates.map(({ runUid }) => runUid)).toEqual(expected.map(({ runUid }) => runUid));
        const waiting = runs.filter((run) => run.dataset === dataset && run.status === 'PENDING');
        expect(waitingRuns(database, dataset, 100)).toEqual(countOf(waiting));
      }
      for (const run of runs) {
        const onDemand = lineOf(run.dataset, false);
        const first = run.runType === 'backfill' ? onDemand : onDemand.filter(({ seq }) => seq < run.seq);
        const then = run.runType === 'backfill' ? lineOf(run.dataset, true).filter(({ seq }) => seq < run.seq) : [];
        for (const limit of [1, 3, 100]) {
          const before = [...first, ...then].slice(0, limit);
          expect(waitingBefore(database, run, { now, limit })).toEqual(countOf(before));
        }
      }
      expect([...datasetsWaiting(database, now)].sort()).toEqual(
        [...new Set(mayStart.map(({ dataset }) => dataset))].sort(),
      );
      expect(countAvailable(database, now)).toBe(mayStart.length);
      const since = mayStart.map(({ availableAt, createdAt }) => (availableAt === 0 ? createdAt : availableAt));
      expect(oldestWaiting(database, now)).toBe(since.length === 0 ? undefined : Math.min(...since));
    }),
    { numRuns: 60 },
  );
});

it('costs the same whatever its length: its first run is never looked for by sorting', () => {
  const { explained, plans } = explaining(openState());
  readHead(explained, { dataset: 'main.a', isBackfill: false, now });
  readHead(explained, { dataset: 'main.a', isBackfill: true, now });
  expect(plans.filter((plan) => / INDEX runs_/.test(plan))).toEqual([
    ...Array.from({ length: 4 }, () =>
      expect.stringMatching(
        /COVERING INDEX runs_unfinished \(dataset=\? AND status=\? AND run_type=\? AND source_type=\? AND seq<\?\)/,
      ),
    ),
    expect.stringMatching(/INDEX runs_waiting \(dataset=\?\)/),
  ]);
  expect(plans.filter((plan) => /TEMP|SCAN/.test(plan))).toEqual([]);
});

function countOf(runs: readonly { readonly runId: string }[]) {
  const [first] = runs;
  return first ? { count: runs.length, firstRunId: first.runId } : null;
}
