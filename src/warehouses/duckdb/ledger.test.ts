import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import { openFixture } from './duckdb-fixture.suite.ts';

const t = 'iceberg.analytics.t';

/** A catalog's file with the ledger as it was until 2026-11-27, in which the run `old` has published. */
async function oldFile(file: string): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(`
    CREATE SCHEMA _dli;
    CREATE TABLE _dli.published_runs (run_uid VARCHAR PRIMARY KEY, published_at TIMESTAMPTZ NOT NULL);
    INSERT INTO _dli.published_runs VALUES ('old', now());
    CREATE SCHEMA analytics;
    CREATE TABLE analytics.t (a VARCHAR);
    INSERT INTO analytics.t VALUES ('old');`);
  connection.closeSync();
  instance.closeSync();
}

it.each(['closed', 'killed'])(
  'keeps the runs of an older ledger, also when the process is %s after it',
  async (end) => {
    const fixture = await openFixture({ idleCloseMs: end === 'closed' ? 1 : 60_000 });
    onTestFinished(() => fixture.dispose());
    const { warehouse, folder } = fixture;
    mkdirSync(join(folder, 'warehouse'));
    await oldFile(join(folder, 'warehouse', 'iceberg.duckdb'));
    const publish = async (runUid: string) =>
      (await execute(warehouse, workOf(t, `INSERT INTO ${t} VALUES ('${runUid}')`, { runUid }))).outcome;
    expect(await publish('old')).toEqual({ kind: 'succeeded' });
    const closed = fixture.logged(/^closed the files/);
    expect(await publish('new')).toEqual({ kind: 'succeeded' });
    if (end === 'closed') await closed;
    else {
      fixture.crash();
      // The process that was killed may only now be gone.
      await warehouse.preview(t, 1).catch(() => undefined);
    }
    expect([await publish('old'), await publish('new')]).toEqual([{ kind: 'succeeded' }, { kind: 'succeeded' }]);
    expect((await warehouse.preview(t, 10)).rows).toEqual([{ a: 'old' }, { a: 'new' }]);
  },
);
