import { afterEach, describe, expect, it } from 'vitest';
import type { AttemptOutcome, AttemptWork, CancelReason, ExecuteOptions, Warehouse } from './warehouse.ts';

/** A warehouse to try, with the SQL of its dialect and the power to crash it. */
export interface WarehouseFixture {
  readonly warehouse: Warehouse;
  /** Name of a dataset's table inside a place of its own. */
  readonly table: (name: string) => string;
  /** A query that runs for hours unless it is cancelled. */
  readonly endlessQuery: string;
  /** Ends the process that executes SQL, from outside, at once. */
  readonly crash: () => void;
  readonly dispose: () => Promise<void>;
}

/** What an attempt did: its outcome and what it reported, in order. */
export interface Executed {
  readonly outcome: AttemptOutcome;
  readonly reports: readonly string[];
}

let runs = 0;

/** Makes the work of one attempt out of the parts that matter to a test. */
export function workOf(dataset: string, sql: string | readonly string[], rest: Partial<AttemptWork> = {}): AttemptWork {
  runs += 1;
  const statements = [sql].flat().map((text, index) => ({ label: `s${index}`, sql: text }));
  const fixed = { postStatements: [], postIndex: 0, askLedgerFirst: false, ledgerOnly: false };
  return { runUid: `run-${runs}`, dataset, statements, ...fixed, ...rest };
}

/** Executes an attempt; `onReport` sees each report as it comes and may cancel. */
export async function execute(
  warehouse: Warehouse,
  work: AttemptWork,
  onReport: (report: string, cancel: (reason: CancelReason) => void) => void = () => undefined,
): Promise<Executed> {
  const controller = new AbortController();
  const reports: string[] = [];
  const add = (report: string) => {
    reports.push(report);
    onReport(report, (reason) => controller.abort(reason));
  };
  const outcome = await warehouse.execute(work, {
    signal: controller.signal,
    observer: {
      log: add,
      published: () => add('published'),
      postDone: (next) => add(`post ${next}`),
    },
  });
  return { outcome, reports };
}

/** The tests that every warehouse passes. */
export function warehouseSuite(name: string, open: () => Promise<WarehouseFixture>): void {
  let opened: WarehouseFixture[] = [];
  const start = async () => {
    const fixture = await open();
    opened.push(fixture);
    const table = fixture.table('t');
    const run = (sql: string | readonly string[], rest: Partial<AttemptWork> = {}) =>
      execute(fixture.warehouse, workOf(table, sql, rest));
    await run(`CREATE TABLE ${table} (a INTEGER)`);
    const rows = async () => (await fixture.warehouse.preview(table, 1_000)).rows.map((row) => row.a);
    const waitingIn = async (statement: string, rest: Partial<AttemptWork> = {}) => {
      // The log line of the first statement tells that the second is under way.
      const work = workOf(table, [`INSERT INTO ${table} VALUES (1)`, statement], rest);
      const controller = new AbortController();
      const started = Promise.withResolvers<void>();
      const outcome = fixture.warehouse.execute(work, {
        signal: controller.signal,
        observer: { log: () => started.resolve(), published: () => undefined, postDone: () => undefined },
      });
      await started.promise;
      return { outcome, work, cancel: (reason: CancelReason) => controller.abort(reason) };
    };
    return { ...fixture, t: table, run, rows, waitingIn };
  };
  afterEach(async () => {
    await Promise.all(opened.map((fixture) => fixture.dispose()));
    opened = [];
  });

  describe(`${name}: one transaction`, () => {
    it('commits all statements together and reports that it published', async () => {
      const { t, run, rows } = await start();
      const { outcome, reports } = await run([`INSERT INTO ${t} VALUES (1)`, `INSERT INTO ${t} VALUES (2), (3)`]);
      expect(outcome).toEqual({ kind: 'succeeded' });
      expect(reports.at(-1)).toBe('published');
      expect(reports.filter((line) => /^s[01]: INSERT [12] rows? in/.test(line))).toHaveLength(2);
      expect(await rows()).toEqual([1, 2, 3]);
    });

    it('leaves the table as it was when a later statement fails', async () => {
      const { t, run, rows } = await start();
      const { outcome, reports } = await run([`INSERT INTO ${t} VALUES (1)`, `SELECT\n  nope FROM ${t}`]);
      expect(outcome).toMatchObject({
        kind: 'failed',
        published: false,
        error: { code: 'DLI-815', statement: 's1', line: 2, column: 3, mendable: false },
      });
      expect(reports.slice(1)).toEqual([
        expect.stringMatching(/^s1 at 2:3: .*nope.*; rolled back$/),
        `  2 |   nope FROM ${t}`,
        '    |   ^',
      ]);
      expect(await rows()).toEqual([]);
    });

    it('leaves the table as it was when data fail at run time', async () => {
      const { t, run, rows } = await start();
      const { outcome } = await run([`INSERT INTO ${t} VALUES (1)`, `INSERT INTO ${t} SELECT CAST('x' AS INTEGER)`]);
      expect(outcome).toMatchObject({ kind: 'failed', published: false, error: { statement: 's1', mendable: false } });
      expect(await rows()).toEqual([]);
    });

    it('refuses to end the transaction from inside, whatever surrounds the word', async () => {
      const { t, run, rows } = await start();
      for (const end of ['COMMIT', '/* a /* b */ */ commit', ';; ROLLBACK ;', '-- x\n\tEnd', 'BEGIN', 'ABORT']) {
        const { outcome } = await run([`INSERT INTO ${t} VALUES (1); ${end}`]);
        expect(outcome, end).toMatchObject({ kind: 'failed', published: false, error: { code: 'DLI-815' } });
      }
      expect(await rows()).toEqual([]);
    });

    it('lets two attempts on different rows of one table commit side by side', async () => {
      const { t, run, rows } = await start();
      await run(`INSERT INTO ${t} VALUES (1), (2)`);
      const both = await Promise.all(
        [1, 2].map((date) => run([`DELETE FROM ${t} WHERE a = ${date}`, `INSERT INTO ${t} VALUES (${date})`])),
      );
      expect(both.map(({ outcome }) => outcome.kind)).toEqual(['succeeded', 'succeeded']);
      expect([...(await rows())].sort()).toEqual([1, 2]);
    });
  });

  describe(`${name}: a commit that needs a permit`, () => {
    const gated = (
      { warehouse, t }: { readonly warehouse: Warehouse; readonly t: string },
      rest: Partial<AttemptWork> = {},
    ) => {
      const controller = new AbortController();
      const permit = Promise.withResolvers<void>();
      const executed = Promise.withResolvers<void>();
      const reports: string[] = [];
      const outcome = warehouse.execute(workOf(t, `INSERT INTO ${t} VALUES (1)`, rest), {
        signal: controller.signal,
        observer: {
          log: () => executed.resolve(),
          published: () => reports.push('published'),
          postDone: (next) => reports.push(`post ${next}`),
        },
        mayCommit: permit.promise,
      });
      return { outcome, controller, permit, reports, executed: executed.promise };
    };
    const published = async () => {
      const { warehouse, t, run, rows } = await start();
      await run(`INSERT INTO ${t} VALUES (1)`, { runUid: 'same' });
      const postStatements = [{ label: 'p', sql: `INSERT INTO ${t} VALUES (2)`, continueOnError: false }];
      const attempts = [true, false].map((askLedgerFirst) =>
        gated({ warehouse, t }, { runUid: 'same', askLedgerFirst, postStatements }),
      );
      // Attempts that begin later and end: what does not wait for a permit is done by then.
      for (let attempt = 0; attempt < 10; attempt += 1) await run('SELECT 1');
      return { attempts, rows };
    };

    it('executes at once and commits when it is permitted', async () => {
      const { warehouse, t, rows } = await start();
      const { outcome, permit, executed } = gated({ warehouse, t });
      await executed;
      expect(await rows()).toEqual([]);
      permit.resolve();
      expect(await outcome).toEqual({ kind: 'succeeded' });
      expect(await rows()).toEqual([1]);
    });

    it('leaves nothing behind when it is cancelled instead', async () => {
      const { warehouse, t, rows } = await start();
      const { outcome, controller, executed } = gated({ warehouse, t });
      await executed;
      controller.abort('shutdown');
      expect(await outcome).toMatchObject({ kind: 'cancelled', published: false });
      expect(await rows()).toEqual([]);
    });

    it('runs no post-statement of a run that has published already before it is permitted', async () => {
      const { attempts, rows } = await published();
      expect(attempts.map(({ reports }) => reports)).toEqual([[], []]);
      expect(await rows()).toEqual([1]);
      for (const { permit } of attempts) permit.resolve();
      for (const { outcome } of attempts) expect(await outcome).toEqual({ kind: 'succeeded' });
      expect(await rows()).toEqual([1, 2, 2]);
    });

    it('runs no post-statement of a run that has published already when it is cancelled instead', async () => {
      const { attempts, rows } = await published();
      for (const { controller } of attempts) controller.abort('shutdown');
      for (const { outcome } of attempts) {
        expect(await outcome).toEqual({ kind: 'cancelled', published: true, postIndex: 0 });
      }
      expect(attempts.map(({ reports }) => reports)).toEqual([[], []]);
      expect(await rows()).toEqual([1]);
    });
  });

  describe(`${name}: an attempt that follows another`, () => {
    const pair = async (sql = 'SELECT 1') => {
      const { warehouse, t, rows } = await start();
      const permit = Promise.withResolvers<void>();
      const lines: string[] = [];
      const observer = {
        log: (line: string) => lines.push(line),
        published: () => undefined,
        postDone: () => undefined,
      };
      const follow = (runUid: string, text: string, rest: Partial<ExecuteOptions>) => {
        const controller = new AbortController();
        const options = { signal: controller.signal, observer, ...rest };
        return { controller, outcome: warehouse.execute(workOf(t, text.replaceAll('$t', t), { runUid }), options) };
      };
      const quiet = { ...observer, log: () => undefined };
      const first = follow('first', 'INSERT INTO $t VALUES (1)', { mayCommit: permit.promise, observer: quiet });
      return { first, second: follow('second', sql, { after: 'first' }), permit, lines, rows, follow };
    };

    it('begins when that has succeeded, and sees what it wrote', async () => {
      const { first, second, permit, rows } = await pair('INSERT INTO $t SELECT 1 + count(*) FROM $t');
      permit.resolve();
      expect(await Promise.all([first.outcome, second.outcome])).toEqual([
        { kind: 'succeeded' },
        { kind: 'succeeded' },
      ]);
      expect([...(await rows())].sort()).toEqual([1, 2]);
    });

    it('does not begin when that ends without success', async () => {
      const { first, second, lines, rows } = await pair();
      first.controller.abort('stop');
      expect(await second.outcome).toMatchObject({ kind: 'cancelled', published: false });
      expect(lines).toEqual([]);
      expect(await rows()).toEqual([]);
    });

    it('is cancelled while it waits', async () => {
      const { first, second, permit, lines } = await pair();
      second.controller.abort('shutdown');
      expect(await second.outcome).toMatchObject({ kind: 'cancelled', published: false });
      permit.resolve();
      expect(await first.outcome).toEqual({ kind: 'succeeded' });
      expect(lines).toEqual([]);
    });

    it('begins at once when that is over', async () => {
      const { first, follow, permit } = await pair();
      permit.resolve();
      await first.outcome;
      expect(await follow('third', 'SELECT 1', { after: 'first' }).outcome).toEqual({ kind: 'succeeded' });
    });
  });

  describe(`${name}: parse`, () => {
    it('refuses what is no SQL or may not run, before any table is there', async () => {
      const { warehouse } = await start();
      const parse = (sql: string, after = 'SELECT 1') =>
        warehouse.parse({
          statements: [{ label: 'query', sql }],
          postStatements: [{ label: 'after', sql: after }],
        });
      await parse('SELECT * FROM nowhere.to.be_found');
      await expect(parse('SELEKT 1')).rejects.toMatchObject({ code: 'DLI-815', problems: [{ line: 1 }] });
      await expect(parse('SELECT 1; COMMIT')).rejects.toMatchObject({ code: 'DLI-815' });
      await expect(parse('SELECT 1', 'SELEKT 2')).rejects.toMatchObject({ code: 'DLI-815' });
    });
  });

  describe(`${name}: ledger`, () => {
    it('does not publish a run a second time', async () => {
      const { t, run, rows } = await start();
      await run(`INSERT INTO ${t} VALUES (1)`, { runUid: 'same' });
      const second = await run(`INSERT INTO ${t} VALUES (1)`, { runUid: 'same' });
      expect(second.outcome).toEqual({ kind: 'succeeded' });
      expect(await rows()).toEqual([1]);
    });

    it('publishes once when the same run is executed at the same time', async () => {
      const { t, run, rows } = await start();
      await Promise.all([1, 2, 3].map(() => run(`INSERT INTO ${t} VALUES (1)`, { runUid: 'same' })));
      expect(await rows()).toEqual([1]);
    });

    it('goes straight to the post-statements that are left when the ledger has the run', async () => {
      const { t, run, rows } = await start();
      await run(`INSERT INTO ${t} VALUES (1)`, { runUid: 'same' });
      const postStatements = ['p0', 'p1'].map((label) => ({ label, sql: 'SELECT 1', continueOnError: false }));
      const again = { runUid: 'same', askLedgerFirst: true, postStatements, postIndex: 1 };
      const { outcome, reports } = await run(`INSERT INTO ${t} VALUES (1)`, again);
      expect(outcome).toEqual({ kind: 'succeeded' });
      expect(reports.map((line) => line.replace(/ in .*/, ''))).toEqual(['published', 'p1: SELECT 1 row', 'post 2']);
      expect(await rows()).toEqual([1]);
    });

    it('executes the statements after asking when the ledger does not have the run', async () => {
      const { t, run, rows } = await start();
      const { outcome } = await run(`INSERT INTO ${t} VALUES (1)`, { askLedgerFirst: true });
      expect(outcome).toEqual({ kind: 'succeeded' });
      expect(await rows()).toEqual([1]);
    });

    it('only reports when it is told to only ask', async () => {
      const { t, run, rows } = await start();
      await run(`INSERT INTO ${t} VALUES (1)`, { runUid: 'known' });
      const known = await run(`INSERT INTO ${t} VALUES (2)`, { runUid: 'known', ledgerOnly: true });
      const unknown = await run(`INSERT INTO ${t} VALUES (2)`, { runUid: 'unknown', ledgerOnly: true });
      expect(known.outcome).toEqual({ kind: 'cancelled', published: true, postIndex: 0 });
      expect(unknown.outcome).toEqual({ kind: 'cancelled', published: false, postIndex: 0 });
      expect(await rows()).toEqual([1]);
    });
  });

  describe(`${name}: cancel and loss`, () => {
    it('cancels a running statement and takes everything back', async () => {
      const { endlessQuery, waitingIn, rows } = await start();
      const { outcome, cancel } = await waitingIn(endlessQuery);
      cancel('stop');
      expect(await outcome).toEqual({ kind: 'cancelled', published: false, postIndex: 0 });
      expect(await rows()).toEqual([]);
    });

    it('executes nothing when it was cancelled before it began', async () => {
      const { warehouse, t, rows } = await start();
      const outcome = await warehouse.execute(workOf(t, `INSERT INTO ${t} VALUES (1)`), {
        signal: AbortSignal.abort('stop'),
        observer: { log: () => undefined, published: () => undefined, postDone: () => undefined },
      });
      expect(outcome).toEqual({ kind: 'cancelled', published: false, postIndex: 0 });
      expect(await rows()).toEqual([]);
    });

    it('answers with the ledger when the cancel comes after the commit', async () => {
      const { warehouse, t, endlessQuery, rows } = await start();
      const postStatements = [{ label: 'p', sql: endlessQuery, continueOnError: true }];
      const { outcome } = await execute(
        warehouse,
        workOf(t, `INSERT INTO ${t} VALUES (1)`, { postStatements }),
        (report, cancel) => {
          if (report === 'published') cancel('stop');
        },
      );
      expect(outcome).toEqual({ kind: 'cancelled', published: true, postIndex: 0 });
      expect(await rows()).toEqual([1]);
    });

    it('reports attempts as lost when the process dies, and starts again by itself', async () => {
      const { endlessQuery, waitingIn, crash, run, rows, t } = await start();
      const { outcome, work } = await waitingIn(endlessQuery);
      crash();
      expect(await outcome).toMatchObject({ kind: 'lost', ours: false, reason: expect.stringContaining('SIGKILL') });
      const again = await run(`INSERT INTO ${t} VALUES (7)`, { runUid: work.runUid, askLedgerFirst: true });
      expect(again.outcome).toEqual({ kind: 'succeeded' });
      expect(await rows()).toEqual([7]);
    });

    it('ends what is running when it is closed', async () => {
      const { endlessQuery, waitingIn, warehouse, run } = await start();
      const { outcome } = await waitingIn(endlessQuery);
      await warehouse.close();
      expect(await outcome).toEqual({ kind: 'cancelled', published: false, postIndex: 0 });
      expect((await run('SELECT 1')).outcome).toMatchObject({ kind: 'unavailable' });
    });
  });

  describe(`${name}: post-statements`, () => {
    const post = (...sql: readonly string[]) =>
      sql.map((text, index) => ({ label: `p${index}`, sql: text, continueOnError: false }));

    it('keeps what is published when one fails, and goes on there', async () => {
      const { t, run, rows } = await start();
      const failing = post('SELECT 1', 'SELECT nope', 'SELECT 3');
      const first = await run(`INSERT INTO ${t} VALUES (1)`, { runUid: 'same', postStatements: failing });
      expect(first.outcome).toMatchObject({
        kind: 'failed',
        published: true,
        postIndex: 1,
        error: { statement: 'p1' },
      });
      expect(first.reports.slice(-2)).toEqual(['  1 | SELECT nope', '    |        ^']);
      expect(first.reports).toContain('post 1');
      const mended = { runUid: 'same', postStatements: post('SELECT nope', 'SELECT 2', 'SELECT 3'), postIndex: 1 };
      const second = await run(`INSERT INTO ${t} VALUES (1)`, mended);
      expect(second.outcome).toEqual({ kind: 'succeeded' });
      expect(second.reports.filter((line) => line.startsWith('post'))).toEqual(['post 2', 'post 3']);
      expect(await rows()).toEqual([1]);
    });

    it('logs an error and goes on where continue_on_error is set', async () => {
      const { run } = await start();
      const postStatements = [{ label: 'p', sql: 'SELECT nope', continueOnError: true }];
      const { outcome, reports } = await run('SELECT 1', { postStatements });
      expect(outcome).toEqual({ kind: 'succeeded' });
      expect(reports).toContainEqual(expect.stringMatching(/^p at 1:8: .*nope.*going on/));
    });
  });

  describe(`${name}: bind and preview`, () => {
    it('binds statements that need each other and leaves nothing behind', async () => {
      const { warehouse, table } = await start();
      const made = table('made');
      const statements = [`CREATE TABLE ${made} AS SELECT 1 AS b`, `INSERT INTO ${made} SELECT b FROM ${made}`];
      const bound = await warehouse.bind({
        dataset: made,
        statements: statements.map((sql, index) => ({ label: `s${index}`, sql })),
      });
      expect(bound.map((one) => [one.label, one.bound])).toEqual([
        ['s0', true],
        ['s1', true],
      ]);
      await expect(warehouse.preview(made, 1)).rejects.toMatchObject({ code: 'DLI-815' });
    });

    it('names the place of what does not bind', async () => {
      const { warehouse, t } = await start();
      const binding = warehouse.bind({
        dataset: t,
        statements: [{ label: 'query', sql: `SELECT a,\n nope FROM ${t}` }],
      });
      await expect(binding).rejects.toMatchObject({ code: 'DLI-815', problems: [{ line: 2, column: 2 }] });
    });

    it('previews no more rows than asked for', async () => {
      const { warehouse, t, run } = await start();
      await run(`INSERT INTO ${t} VALUES (1), (2), (3)`);
      expect(await warehouse.preview(t, 2)).toEqual({
        columns: [{ name: 'a', type: 'INTEGER' }],
        rows: [{ a: 1 }, { a: 2 }],
      });
    });
  });
}
