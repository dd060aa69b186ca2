import { describe, expect, it } from 'vitest';
import { compileRun } from '../spec/compile.ts';
import { parseSpec } from '../spec/parse.ts';
import { PlainCompilations } from './plain-compilations.ts';

const read = (yaml: string) =>
  parseSpec({ text: `name: a.b.c\nowner: me\nteam: us\n${yaml}`, file: 's.yaml', readFile: () => undefined });
const plain = read('query_statement: "SELECT 1 AS n"\n');

/** Compiles runs one after the other, each with an id of its own, and counts how often the compiler was asked. */
function compiling() {
  const compilations = new PlainCompilations();
  let asked = 0;
  const compile = (spec = plain, { revision = 'r1', dialect = 'duckdb' } = {}) =>
    compilations.take({ revision, spec, dialect }, () => {
      asked += 1;
      const run = { runId: `run ${asked}`, params: {}, executionDate: null, ts: '2024-01-15T00:00:00Z' };
      return compileRun({ spec, warehouseDialect: dialect, run });
    });
  return { compilations, compile, asked: () => asked };
}

describe('SQL without a template', () => {
  it('is compiled once for each revision and dialect', async () => {
    const { compile, asked } = compiling();
    const first = await compile();
    expect(first.statements).toEqual([{ label: 'query', sql: 'SELECT 1 AS n' }]);
    expect(await compile()).toBe(first);
    expect(asked()).toBe(1);
    await compile(plain, { revision: 'r2' });
    await compile(plain, { dialect: 'trino' });
    expect(asked()).toBe(3);
  });

  it('is compiled again after it failed', async () => {
    const { compilations, compile, asked } = compiling();
    const failing = () => Promise.reject(new TypeError('lost'));
    await expect(compilations.take({ revision: 'r1', spec: plain, dialect: 'duckdb' }, failing)).rejects.toThrow(
      'lost',
    );
    expect((await compile()).statements).toHaveLength(1);
    expect(asked()).toBe(1);
  });

  it('is forgotten when 500 others were compiled since it was last asked for', async () => {
    const { compile, asked } = compiling();
    for (let index = 0; index < 500; index += 1) await compile(plain, { revision: `r${index}` });
    await compile(plain, { revision: 'r0' });
    expect(asked()).toBe(500);
    await compile(plain, { revision: 'new' });
    await compile(plain, { revision: 'r0' });
    expect(asked()).toBe(501);
    await compile(plain, { revision: 'r1' });
    expect(asked()).toBe(502);
  });
});

it.each([
  ['the query', 'query_statement: "SELECT \'{{ run_id }}\'"'],
  ['a statement before it', 'query_statement: "SELECT 1"\npre_statements: [{name: p, sql: "SELECT \'{{run_id}}\'"}]'],
  [
    'a statement after it',
    'query_statement: "SELECT 1"\npost_statements: [{name: p, sql: "SELECT \'{{- run_id }}\'"}]',
  ],
  ['a condition', 'query_statement: "SELECT {% if run_id == \'run 1\' %}1{% else %}2{% endif %}"'],
  ['a comment', 'query_statement: "SELECT 1 {# of {{ run_id }} #}"'],
])('with a template in %s each run is compiled', async (_where, yaml) => {
  const { compile, asked } = compiling();
  const spec = read(yaml);
  await compile(spec);
  await compile(spec);
  expect(asked()).toBe(2);
});
