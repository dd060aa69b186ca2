import { afterEach, describe, expect, it } from 'vitest';
import { nextChildPid } from '../../test/crash/child-pids.ts';
import { DliError } from '../contract/errors.ts';
import { parseSpec } from '../spec/parse.ts';
import { type Compiler, type CompilerOptions, createCompiler, UnfinishedError } from './compiler.ts';

const read = (sql: string, rest = '') =>
  parseSpec({
    text: `name: a.b\nowner: me\nteam: us\nquery_statement: ${JSON.stringify(sql)}\n${rest}`,
    file: 's.yaml',
  });
const run = { runId: 'r', params: {}, executionDate: '2024-01-15', ts: '2024-01-15T00:00:00Z' };
const good = { spec: read("SELECT '{{ ds }}'"), warehouseDialect: 'duckdb', run };
const hog = { ...good, spec: read('{% for i in range(90000) %}{{ range(90000) | list | length }}{% endfor %}') };

const open: Compiler[] = [];
afterEach(() => Promise.all(open.splice(0).map((compiler) => compiler.close())));
function createTest(options: CompilerOptions = {}): Compiler {
  const compiler = createCompiler(options);
  open.push(compiler);
  return compiler;
}

/** Ends the compiler's process as often as this, each time soon after it started, which is before it can answer. */
async function endProcess(times: number, signal: NodeJS.Signals): Promise<void> {
  let before: number | undefined;
  for (let end = 0; end < times; end += 1) {
    before = await nextChildPid(process.pid, { child: 'compiler', before });
    process.kill(before, signal);
  }
}

async function refusal(work: Promise<unknown>): Promise<DliError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DliError) return error;
  throw new TypeError(`nothing was refused: ${String(error)}`);
}

describe('the compiler', () => {
  it('compiles and checks in its process', async () => {
    const compiler = createTest();
    expect((await compiler.compile(good)).statements).toEqual([{ label: 'query', sql: "SELECT '2024-01-15'" }]);
    const trino = read('INSERT INTO a.b SELECT count(*) FROM x.y', 'execution: {dialect: trino}\n');
    expect(await compiler.check({ spec: trino, warehouseDialect: 'duckdb' })).toEqual({
      warnings: [],
      reads: ['x.y'],
      writes: ['a.b'],
      samples: {
        statements: [{ label: 'query', sql: 'INSERT INTO a.b\nSELECT\n  COUNT(*)\nFROM x.y' }],
        postStatements: [],
      },
    });
  });

  it('compares the SQL of two specs in its process, and ends a template that does not finish', async () => {
    const compiler = createTest();
    const compare = (before: string, after: string) =>
      compiler.compare({ before: read(before), spec: read(after), warehouseDialect: 'duckdb' });
    expect(await compare('SELECT a FROM t', 'select a\nfrom t')).toEqual({ query: 'cosmetic' });
    expect(await compare('SELECT a FROM t', 'SELECT b FROM t')).toEqual({ query: 'real' });
    expect(await compare('SELECT a FROM t', 'SELECT a FROM t')).toEqual({});
    const hurried = createTest({ deadlineMs: 400 });
    await hurried.compile(good);
    const slow = hurried.compare({ before: good.spec, spec: hog.spec, warehouseDialect: 'duckdb' });
    expect(await refusal(slow)).toMatchObject({ code: 'DLI-815' });
  });

  it('tells errors of the SQL with their places, and goes on', async () => {
    const compiler = createTest();
    const error = await refusal(compiler.compile({ ...good, spec: read('SELECT {{ nope }}') }));
    expect(error.code).toBe('DLI-815');
    expect(error.cause).not.toBeInstanceOf(UnfinishedError);
    expect(error.problems).toEqual([
      { file: 's.yaml', line: 4, column: 29, message: expect.stringContaining("Unknown name 'nope'") },
    ]);
    expect((await compiler.compile(good)).statements).toHaveLength(1);
  });

  it('ends a template that does not finish, and the calls that wait behind it still succeed', async () => {
    const compiler = createTest({ deadlineMs: 400 });
    await compiler.compile(good);
    const slow = refusal(compiler.compile(hog));
    const behind = [compiler.compile(good), compiler.compile(good)];
    expect(await slow).toMatchObject({
      code: 'DLI-815',
      message: 'SQL of a.b: the template did not finish within 0.4 s',
      cause: expect.any(UnfinishedError),
    });
    expect((await Promise.all(behind)).map(({ statements }) => statements.length)).toEqual([1, 1]);
  });

  it('goes on after a template broke the template engine', async () => {
    const compiler = createTest();
    const broken = { ...good, spec: read(`{{ ${'-'.repeat(50_000)}1 }}`) };
    expect((await refusal(compiler.compile(broken))).code).toBe('DLI-815');
    expect((await compiler.compile(good)).statements).toHaveLength(1);
  });

  it('bounds the memory of a template', async () => {
    const compiler = createTest();
    const huge = { ...good, spec: read("{{ ('a' * 700000000) | length }}") };
    expect((await refusal(compiler.compile(huge))).message).toContain('it uses too much memory');
    expect((await compiler.compile(good)).statements).toHaveLength(1);
  });

  it('goes on after its process was ended from outside twice', async () => {
    const compiling = createTest().compile(good);
    await endProcess(2, 'SIGKILL');
    expect((await compiling).statements).toHaveLength(1);
  });

  it('gives a call up after three ends from outside, and does not say that the template did it', async () => {
    const compiler = createTest();
    const refused = refusal(compiler.compile(good));
    await endProcess(3, 'SIGKILL');
    expect(await refused).toMatchObject({
      code: 'DLI-816',
      message: "SQL of a.b: the compiler's process was ended from outside three times (signal SIGKILL)",
    });
    expect((await compiler.compile(good)).statements).toHaveLength(1);
  });

  it('blames the template for a process that broke down three times', async () => {
    const compiler = createTest();
    const refused = refusal(compiler.compile(good));
    // What V8 ends itself with.
    await endProcess(3, 'SIGABRT');
    expect(await refused).toMatchObject({
      code: 'DLI-815',
      message: 'SQL of a.b: the template took its process down three times, most likely by its use of memory',
      cause: expect.any(UnfinishedError),
    });
  });

  it('replaces its process when it has grown or is idle', async () => {
    const compiler = createTest({ recycleBytes: 1, idleMs: 1 });
    for (let call = 0; call < 3; call++) expect((await compiler.compile(good)).statements).toHaveLength(1);
  });

  it('answers calls that come together', async () => {
    const compiler = createTest();
    const dates = Array.from({ length: 50 }, (_, day) => `2024-01-${String((day % 28) + 1).padStart(2, '0')}`);
    const results = await Promise.all(
      dates.map((date) => compiler.compile({ ...good, run: { ...run, executionDate: date } })),
    );
    expect(results.map(({ statements }) => statements[0]?.sql)).toEqual(dates.map((date) => `SELECT '${date}'`));
  });

  it('refuses calls after it was closed', async () => {
    const compiler = createTest();
    const under = compiler.compile(good).catch((error: unknown) => error);
    await compiler.close();
    expect(await under).toBeInstanceOf(Error);
    await expect(compiler.compile(good)).rejects.toThrow('closed');
  });
});
