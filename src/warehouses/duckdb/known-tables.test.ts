import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';
import { KnownTables, type TableAccount } from './known-tables.ts';

const create = 'CREATE TABLE IF NOT EXISTS iceberg.analytics.t (a INTEGER)';
const leftOut = /^s0: CREATE left out/;

describe('a run that creates its table if it is missing', () => {
  let fixture: DuckdbFixture;
  beforeEach(async () => {
    fixture = await openFixture();
  });
  afterEach(() => fixture.dispose());

  const run = async (sql: readonly string[], { dataset = 't', post = [] as readonly string[] } = {}) => {
    const postStatements = post.map((text, index) => ({ label: `p${index}`, sql: text, continueOnError: false }));
    const work = workOf(`iceberg.analytics.${dataset}`, sql, { postStatements });
    const { outcome, reports } = await execute(fixture.warehouse, work);
    expect(outcome).toEqual({ kind: 'succeeded' });
    return reports.some((report) => leftOut.test(report));
  };
  const fill = [create, 'INSERT INTO iceberg.analytics.t VALUES (1)'];

  it('leaves that out once it is known to be there, and says so', async () => {
    expect([await run(fill), await run(fill), await run(fill)]).toEqual([false, true, true]);
    expect((await fixture.warehouse.preview('iceberg.analytics.t', 9)).rows).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }]);
  });

  it.each([
    'DROP TABLE iceberg.analytics.t',
    'ALTER TABLE iceberg.analytics.t RENAME TO u<n>',
    'SELECT 1; drop /**/ table iceberg.analytics.t',
    '/* */ DROP TABLE iceberg.analytics.t',
    'DROP SCHEMA iceberg.analytics CASCADE',
  ])('creates it again after another run took it away: %s', async (sql) => {
    await run(fill);
    await run([sql.replace('<n>', '1')], { dataset: 'other' });
    expect([await run(fill), await run(fill)]).toEqual([false, true]);
    await run(['SELECT 1; SELECT 2'], { dataset: 'other', post: [sql.replace('<n>', '2')] });
    expect([await run(fill), await run(fill)]).toEqual([false, true]);
  });

  it('creates it again after it took the table away itself', async () => {
    await run(fill);
    expect(await run(['DROP TABLE iceberg.analytics.t', ...fill])).toBe(false);
    expect(await run(fill)).toBe(false);
    expect(await run(fill)).toBe(true);
  });

  it('creates it again after its schema was replaced, which DuckDB does once a column was added', async () => {
    const insert = [create, 'INSERT INTO iceberg.analytics.t (a) VALUES (1)'];
    await run(insert);
    await run(['ALTER TABLE iceberg.analytics.t ADD COLUMN b INTEGER'], { dataset: 'other' });
    expect([await run(insert), await run(insert)]).toEqual([false, true]);
    await run(['CREATE OR REPLACE SCHEMA iceberg.analytics'], { dataset: 'other' });
    expect([await run(insert), await run(insert)]).toEqual([false, true]);
  });

  it('does not leave it out with a query, which may be wrong by now', async () => {
    const filled = ['CREATE TABLE IF NOT EXISTS iceberg.analytics.t AS SELECT a FROM iceberg.analytics.raw'];
    await run(['CREATE TABLE iceberg.analytics.raw AS SELECT 1 AS a'], { dataset: 'raw' });
    expect([await run(filled), await run(filled)]).toEqual([false, false]);
    await run(['CREATE OR REPLACE TABLE iceberg.analytics.raw AS SELECT 1 AS b'], { dataset: 'raw' });
    const { outcome } = await execute(fixture.warehouse, workOf('iceberg.analytics.t', filled));
    expect(outcome).toMatchObject({ kind: 'failed', error: { message: expect.stringContaining('"a" not found') } });
  });

  it('leaves out no text that does more', async () => {
    const both = `${create}; INSERT INTO iceberg.analytics.t VALUES (1)`;
    expect([await run([both]), await run([both])]).toEqual([false, false]);
    expect((await fixture.warehouse.preview('iceberg.analytics.t', 9)).rows).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('learns nothing from a run that is rolled back', async () => {
    const failing = workOf('iceberg.analytics.t', [create, 'SELECT error(42)']);
    expect((await execute(fixture.warehouse, failing)).outcome).toMatchObject({ kind: 'failed', published: false });
    expect(await run(fill)).toBe(false);
  });

  it('cannot create so what would end with its connection', async () => {
    const work = workOf('iceberg.analytics.t', 'CREATE TABLE IF NOT EXISTS temp.x (a INTEGER)');
    const message = expect.stringContaining('Only TEMPORARY table names');
    expect((await execute(fixture.warehouse, work)).outcome).toMatchObject({ kind: 'failed', error: { message } });
  });
});

type Step = 'open' | 'begin' | 'create' | 'drop' | 'commit' | 'note' | 'rollback';

/** One connection of several, which takes the steps of its attempts in their order, whatever the others do meanwhile. */
class Actor {
  readonly #connection: DuckDBConnection;
  readonly #tables: KnownTables;
  readonly #steps: Step[];
  #account: TableAccount;
  leftOut = 0;

  constructor(connection: DuckDBConnection, tables: KnownTables, steps: readonly Step[]) {
    this.#connection = connection;
    this.#tables = tables;
    this.#steps = [...steps];
    this.#account = tables.account('memory');
  }

  async takeNext(): Promise<void> {
    const step = this.#steps.shift();
    try {
      if (step) await this.#take(step);
    } catch (error) {
      // Two transactions that create or drop the same table: the later one is refused, and its attempt is over.
      if (!/conflict/i.test(String(error))) throw error;
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      this.#account.close();
      while (this.#steps.length > 0 && this.#steps[0] !== 'open') this.#steps.shift();
    }
  }

  async #take(step: Step): Promise<void> {
    const run = (sql: string) => this.#connection.run(sql);
    if (step === 'open') this.#account = this.#tables.account('memory');
    else if (step === 'begin') {
      await run('BEGIN; INSERT INTO ledger VALUES (1)');
      this.#account.begun();
    } else if (step === 'create' && this.#account.doesNothing(sqlOf.create)) {
      this.leftOut += 1;
      await run('FROM t');
    } else if (step === 'create' || step === 'drop') {
      this.#account.runs(sqlOf[step]);
      await run(sqlOf[step]);
    } else if (step === 'commit') await run('COMMIT');
    else {
      if (step === 'rollback') await run('ROLLBACK');
      else this.#account.committed();
      this.#account.close();
    }
  }
}

const sqlOf = { create: 'CREATE TABLE IF NOT EXISTS t (a INTEGER)', drop: 'DROP TABLE IF EXISTS t' };

const attempts = fc.array(
  fc.tuple(
    fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant('create' as const) }, fc.constant('drop' as const)), {
      minLength: 1,
      maxLength: 2,
    }),
    fc.oneof({ weight: 4, arbitrary: fc.constant(['commit', 'note'] as const) }, fc.constant(['rollback'] as const)),
  ),
  { minLength: 3, maxLength: 5 },
);

describe('KnownTables', () => {
  it('leaves nothing out that the transaction would have had to do, however attempts mingle', async () => {
    let leftOutInAll = 0;
    const turns = fc.array(fc.nat({ max: 2 }), { minLength: 60, maxLength: 80 });
    const property = fc.asyncProperty(fc.tuple(attempts, attempts, attempts), turns, async (scripts, order) => {
      const instance = await DuckDBInstance.create(':memory:');
      const tables = new KnownTables();
      const connections: DuckDBConnection[] = [];
      try {
        const actors: Actor[] = [];
        for (const script of scripts) {
          const connection = await instance.connect();
          connections.push(connection);
          const steps = script.flatMap(([work, end]): readonly Step[] => ['open', 'begin', ...work, ...end]);
          actors.push(new Actor(connection, tables, steps));
        }
        await connections[0]?.run('CREATE TABLE ledger (a INTEGER)');
        for (const turn of order) await actors[turn]?.takeNext();
        for (const { leftOut: count } of actors) leftOutInAll += count;
      } finally {
        for (const connection of connections) connection.closeSync();
        instance.closeSync();
      }
    });
    await fc.assert(property, { numRuns: 150 });
    expect(leftOutInAll).toBeGreaterThan(0);
  });

  it('reads a text of any length in a moment, and what follows its semicolon', () => {
    const tables = new KnownTables();
    const known = () => {
      const account = tables.account('iceberg');
      account.begun();
      return account.doesNothing(sqlOf.create);
    };
    const run = (sql: string) => {
      const account = tables.account('iceberg');
      account.runs(sqlOf.create);
      account.committed();
      account.runs(sql);
      account.close();
    };
    const blanks = ' '.repeat(1_000_000);
    run(`INSERT INTO t VALUES (1)${blanks};${blanks}`);
    expect(known()).toBe(true);
    run(`INSERT INTO t VALUES (1)${blanks};${blanks}DROP TABLE t`);
    expect(known()).toBe(false);
  });

  it('keeps a bounded number of texts, the newest, and none that is long', () => {
    const tables = new KnownTables();
    const texts = Array.from({ length: 1_001 }, (_, index) => `CREATE TABLE IF NOT EXISTS t${index} (a INTEGER)`);
    texts.push(`CREATE TABLE IF NOT EXISTS t (a INTEGER DEFAULT ${'1'.repeat(10_000)})`);
    const account = tables.account('iceberg');
    for (const sql of texts) account.runs(sql);
    account.committed();
    account.close();
    const knownIn = (catalog: string) => {
      const next = tables.account(catalog);
      next.begun();
      return texts.flatMap((sql, index) => (next.doesNothing(sql) ? [index] : []));
    };
    expect(knownIn('iceberg')).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    expect(knownIn('other')).toEqual([]);
  });
});
