import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../core/run.ts';
import { insertRun } from '../../store/queries/runs.ts';
import { newRun, openState } from '../../store/store-fixture.suite.ts';
import { CompileAhead, type CompiledStatements } from './compile-ahead.ts';

/** A compiler in the test's hands, and what it was asked for. */
function scripted() {
  const asked: { readonly run: Run; readonly answer: PromiseWithResolvers<CompiledStatements> }[] = [];
  const ahead = new CompileAhead((run) => {
    const answer = Promise.withResolvers<CompiledStatements>();
    asked.push({ run, answer });
    return answer.promise;
  });
  const answered = (nth: number) => {
    const compiled: CompiledStatements = { statements: [{ label: 'query', sql: `SELECT ${nth}` }], postStatements: [] };
    asked[nth]?.answer.resolve(compiled);
    return compiled;
  };
  return { ahead, asked, answered };
}

function someRuns(count: number): Promise<readonly Run[]> {
  return openState().write((transaction) => Array.from({ length: count }, () => insertRun(transaction, newRun())));
}

async function aRun(): Promise<Run> {
  const [run = expect.unreachable()] = await someRuns(1);
  return run;
}

it('compiles a run once, however often it is begun, and tells each who asked', async () => {
  const { ahead, asked, answered } = scripted();
  const run = await aRun();
  const told: string[] = [];
  ahead.begin(run);
  ahead.begin(run, () => told.push('first'));
  ahead.begin(run, () => told.push('second'));
  expect([asked.length, ahead.ready(run), told]).toEqual([1, undefined, []]);
  const compiled = answered(0);
  await asked[0]?.answer.promise;
  expect([ahead.ready(run), told]).toEqual([compiled, ['first', 'second']]);
  ahead.begin(run, () => told.push('at once'));
  expect(told).toEqual(['first', 'second', 'at once']);
  expect(await ahead.take(run)).toBe(compiled);
  expect(asked).toHaveLength(1);
});

it('gives each of two runs that were begun its own result, and each only once', async () => {
  const { ahead, asked, answered } = scripted();
  const [one, two] = [await aRun(), await aRun()];
  ahead.begin(one);
  ahead.begin(two);
  const compiled = [answered(0), answered(1)];
  expect([await ahead.take(two), await ahead.take(one)]).toEqual([compiled[1], compiled[0]]);
  expect(ahead.ready(one)).toBeUndefined();
  void ahead.take(one);
  expect(asked).toHaveLength(3);
});

it('compiles again what failed ahead of its time, and is never told that it is ready', async () => {
  const { ahead, asked, answered } = scripted();
  const run = await aRun();
  let told = 0;
  ahead.begin(run, () => {
    told += 1;
  });
  asked[0]?.answer.reject(new Error('the compiler went away'));
  await asked[0]?.answer.promise.catch(() => undefined);
  const taken = ahead.take(run);
  const compiled = answered(1);
  expect(await taken).toBe(compiled);
  expect(told).toBe(0);
});

describe('in turn', () => {
  it('compiles each run when the one before it is there', async () => {
    const { ahead, asked, answered } = scripted();
    const runs = await someRuns(3);
    const done = ahead.beginInTurn(runs);
    for (const nth of [0, 1, 2]) {
      expect(asked.map(({ run }) => run)).toEqual(runs.slice(0, nth + 1));
      answered(nth);
      await setImmediate();
    }
    await done;
    expect(runs.map((run) => ahead.ready(run)?.statements[0]?.sql)).toEqual(['SELECT 0', 'SELECT 1', 'SELECT 2']);
  });

  it('compiles none twice that was begun otherwise', async () => {
    const { ahead, asked, answered } = scripted();
    const runs = await someRuns(2);
    const [, second = expect.unreachable()] = runs;
    ahead.begin(second);
    expect(runs.map((run) => ahead.isBegun(run))).toEqual([false, true]);
    const done = ahead.beginInTurn(runs);
    answered(0);
    answered(1);
    await done;
    expect(asked).toHaveLength(2);
    await ahead.take(second);
    expect(ahead.isBegun(second)).toBe(false);
  });

  it('leaves out what was taken before its turn', async () => {
    const { ahead, asked, answered } = scripted();
    const runs = await someRuns(3);
    const [, second = expect.unreachable()] = runs;
    const done = ahead.beginInTurn(runs);
    expect(runs.map((run) => ahead.isBegun(run))).toEqual([true, true, true]);
    const taken = ahead.take(second);
    expect(runs.map((run) => ahead.isBegun(run))).toEqual([true, false, true]);
    for (const nth of [0, 1, 2]) {
      answered(nth);
      await setImmediate();
    }
    await Promise.all([done, taken]);
    expect(asked.map(({ run }) => run)).toEqual([runs[0], runs[1], runs[2]]);
  });

  it('stops at one that fails, which is compiled again when it is claimed', async () => {
    const { ahead, asked } = scripted();
    const runs = await someRuns(2);
    const done = ahead.beginInTurn(runs);
    asked[0]?.answer.reject(new Error('the template did not finish'));
    await done;
    expect(asked).toHaveLength(1);
    expect(runs.map((run) => ahead.isBegun(run))).toEqual([false, false]);
  });

  it.each([
    [20, 3],
    [21, 1],
  ])('goes on after one that took %j ms: %j are compiled', async (ms, compiled) => {
    const times = [0, ms, ms, ms, ms, ms];
    const ahead = new CompileAhead(() => Promise.resolve({ statements: [], postStatements: [] }), {
      now: () => times.shift() ?? expect.unreachable(),
    });
    const runs = await someRuns(3);
    await ahead.beginInTurn(runs);
    expect(runs.filter((run) => ahead.ready(run))).toHaveLength(compiled);
  });
});

it('keeps the newest 1,024', async () => {
  const { ahead, asked, answered } = scripted();
  const runs = await someRuns(1_025);
  for (const run of runs) ahead.begin(run);
  for (const [nth] of runs.entries()) answered(nth);
  await Promise.all(asked.map(({ answer }) => answer.promise));
  expect(runs.map((run) => ahead.ready(run) !== undefined)).toEqual([false, ...Array(1_024).fill(true)]);
});

describe('of long texts', () => {
  const length = 16 * 1_048_576;
  const long = (characters: number): CompiledStatements => ({
    statements: [{ label: 'query', sql: 'x'.repeat(characters / 2) }],
    postStatements: [{ label: 'p', sql: 'x'.repeat(characters / 2), continueOnError: false }],
  });
  const keeping = (sizes: readonly number[]) => {
    let nth = 0;
    return new CompileAhead(() => Promise.resolve(long(sizes[nth++] ?? length)));
  };
  const kept = (ahead: CompileAhead, runs: readonly Run[]) => runs.map((run) => ahead.ready(run) !== undefined);
  async function beginEach(ahead: CompileAhead, runs: readonly Run[]): Promise<void> {
    for (const run of runs) {
      ahead.begin(run);
      await setImmediate();
    }
  }

  it('keeps the newest 32 Mi characters, and no more is counted than what is kept', async () => {
    const ahead = keeping([]);
    const runs = await someRuns(6);
    await beginEach(ahead, runs.slice(0, 3));
    expect(kept(ahead, runs)).toEqual([false, true, true, false, false, false]);
    const [, second = expect.unreachable(), third = expect.unreachable()] = runs;
    await ahead.take(second);
    ahead.drop(third);
    ahead.drop(third);
    // Taken before it is there: it counts for nothing.
    for (const run of await someRuns(2)) {
      ahead.begin(run);
      await ahead.take(run);
    }
    await beginEach(ahead, runs.slice(3));
    expect(kept(ahead, runs)).toEqual([false, false, false, false, true, true]);
  });

  it('keeps what was there when one alone is longer', async () => {
    const ahead = keeping([length, 2 * length + 2, length]);
    const runs = await someRuns(3);
    await beginEach(ahead, runs);
    expect(kept(ahead, runs)).toEqual([true, false, true]);
  });

  it('ends a go at half of that, so that none drives out its own beginning', async () => {
    const ahead = keeping([]);
    const runs = await someRuns(4);
    await ahead.beginInTurn(runs);
    expect(kept(ahead, runs)).toEqual([true, true, false, false]);
    expect(runs.map((run) => ahead.isBegun(run))).toEqual([true, true, false, false]);
  });
});
