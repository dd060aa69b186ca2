import { expect, it } from 'vitest';
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

it('keeps the newest 128', async () => {
  const { ahead, asked, answered } = scripted();
  const runs = await someRuns(129);
  for (const run of runs) ahead.begin(run);
  for (const [nth] of runs.entries()) answered(nth);
  await Promise.all(asked.map(({ answer }) => answer.promise));
  expect(runs.map((run) => ahead.ready(run) !== undefined)).toEqual([false, ...Array(128).fill(true)]);
});
