import { expect, it } from 'vitest';
import { createStreams } from '../../src/server/streams.ts';
import { migrate } from '../../src/store/migrate.ts';
import { appendLogs } from '../../src/store/queries/logs.ts';
import { Database } from '../../src/store/sqlite.ts';
import { storeRun } from '../../src/store/store-fixture.suite.ts';

/** Counts who wants to hear of commits. */
class CountedDatabase extends Database {
  listeners = 0;

  override onCommit(listener: Parameters<Database['onCommit']>[0]): () => void {
    this.listeners += 1;
    const leave = super.onCommit(listener);
    return () => {
      this.listeners -= 1;
      leave();
    };
  }
}

it('a reader that leaves in the middle of what it is behind by leaves nothing in the server', async () => {
  const database = new CountedDatabase(':memory:');
  migrate(database);
  const streams = createStreams({ database, closing: new AbortController().signal });
  const { runId, runUid } = await storeRun(database, { held: true });
  await database.write((t) => {
    appendLogs(
      t,
      runUid,
      Array.from({ length: 1_000 }, () => ({ attempt: 1, at: 0, line: 'x' })),
    );
    for (let n = 0; n < 1_000; n += 1)
      t.run(`INSERT INTO events (at, kind, actor, data) VALUES (0, 'run.created', 'x', '{}')`);
  });
  const request = { context: { caller: { actor: 'x', idempotencyKey: undefined }, stream: { read: () => 0 } } };
  const before = database.listeners;
  for (const stream of [streams.events({ after: 0 }, request), streams.log({ run_id: runId }, request)]) {
    expect((await stream.next()).done).toBe(false);
    expect(database.listeners).toBeGreaterThan(before);
    await stream.return();
    expect(database.listeners).toBe(before);
    expect((await stream.next()).done).toBe(true);
  }
  database.close();
});
