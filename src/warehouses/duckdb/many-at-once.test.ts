import { afterEach, beforeEach, expect, it } from 'vitest';
import { workOf } from '../warehouse.suite.ts';
import type { AttemptOutcome, CancelReason } from '../warehouse.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

let fixture: DuckdbFixture;
beforeEach(async () => {
  fixture = await openFixture({ maxConcurrentRuns: 12 });
});
afterEach(() => fixture.dispose());

/** Starts an attempt that runs for hours; resolves when its long statement is about to run. */
async function startLong(nth: number) {
  const t = `iceberg.analytics.t${nth}`;
  const controller = new AbortController();
  const started = Promise.withResolvers<void>();
  const outcome: Promise<AttemptOutcome> = fixture.warehouse.execute(
    workOf(t, [`CREATE TABLE ${t} (n HUGEINT)`, `INSERT INTO ${t} ${fixture.endlessQuery}`]),
    {
      signal: controller.signal,
      observer: { log: () => started.resolve(), published: () => undefined, postDone: () => undefined },
    },
  );
  await started.promise;
  return { outcome, cancel: () => controller.abort('stop' satisfies CancelReason) };
}

it('runs as many long statements at once as a server may have, and answers meanwhile', async () => {
  const attempts: Awaited<ReturnType<typeof startLong>>[] = [];
  // All are at work at once: each tells of its first statement while those before it are in their second.
  for (let nth = 0; nth < 12; nth += 1) attempts.push(await startLong(nth));
  await expect(fixture.warehouse.preview('iceberg.analytics.none', 1)).rejects.toThrow('no table');
  for (const { cancel } of attempts) cancel();
  for (const { outcome } of attempts) expect(await outcome).toMatchObject({ kind: 'cancelled', published: false });
});
