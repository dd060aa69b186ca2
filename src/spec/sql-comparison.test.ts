import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSpec } from './parse.ts';
import { loadSqlEngine, type SqlEngine } from './sql.ts';
import { compareSql } from './sql-comparison.ts';
import { meaningfulTokens, tokenizeSql } from './sql-tokens.ts';

const parameters =
  'parameters: [{name: execution_date, type: date, required: true}, {name: n, type: integer, default: 7}, {name: tags, type: list, default: [x]}]';

function specOf(sql: string, more = parameters) {
  const text = `name: a.b.c\nowner: o\nteam: t\nquery_statement: ${JSON.stringify(sql)}\n${more}\n`;
  return parseSpec({ text, file: 's.yaml' });
}

async function verdict(before: string, after: string) {
  return (await compareSql({ before: specOf(before), spec: specOf(after), warehouseDialect: 'duckdb' })).query;
}

describe('SQL that is written differently', () => {
  it.each([
    ['space', 'SELECT a,b FROM t', 'SELECT a,\n  b\nFROM t'],
    ['comments', 'SELECT a FROM t', '-- what it is for\nSELECT /* the key */ a FROM t -- end'],
    ['the case of keywords', 'select a from t where b is not null', 'SELECT a FROM t WHERE b IS NOT NULL'],
    ['the case of functions', 'SELECT count(*), SUM(x) FROM t', 'SELECT COUNT(*), sum(x) FROM t'],
    ['parentheses', 'SELECT a FROM t WHERE (x = 1) AND (y = 2)', 'SELECT a FROM t WHERE x = 1 AND y = 2'],
    [
      'words that may be left out',
      'SELECT a b FROM t JOIN u USING (k) ORDER BY 1 ASC',
      'SELECT a AS b FROM t INNER JOIN u USING (k) ORDER BY 1',
    ],
    ['another way to cast', "SELECT '2024-01-01'::DATE", "SELECT CAST('2024-01-01' AS DATE)"],
    ['another way to say not equal', 'SELECT a FROM t WHERE a <> 1', 'SELECT a FROM t WHERE a != 1'],
    ['a last semicolon', 'SELECT a FROM t', 'SELECT a FROM t;'],
    ['space in template code', 'SELECT {{n}} FROM t', 'SELECT {{ n }}\nFROM t'],
    ['parentheses around variables', 'SELECT a FROM t WHERE (x = {{ n }})', 'SELECT a FROM t WHERE x = {{ n }}'],
    ['template comments', 'SELECT {{ n }} FROM t', 'SELECT {{ n }} {# days #} FROM t'],
    [
      'space and comments in a branch',
      '{% if n > 100 %}SELECT 1{% else %}SELECT 2{% endif %}',
      '{% if n>100 %}\n select 1 -- many\n{% else %}\n SELECT 2\n{% endif %}',
    ],
  ])('in %s is cosmetic', async (_, before, after) => {
    expect(await verdict(before, after)).toBe('cosmetic');
  });

  it.each([
    ['a literal', "SELECT 'a' FROM t", "SELECT 'b' FROM t"],
    ['the case of a literal', "SELECT 'a' FROM t", "SELECT 'A' FROM t"],
    ['space in a literal', "SELECT 'a b' FROM t", "SELECT 'a  b' FROM t"],
    ['a text instead of a number', 'SELECT 1 FROM t', "SELECT '1' FROM t"],
    ['parentheses that change the order', 'SELECT a + b * c FROM t', 'SELECT (a + b) * c FROM t'],
    ['the kind of division', 'SELECT a / b FROM t', 'SELECT a // b FROM t'],
    ['which division is which', 'SELECT a // b + c / d FROM t', 'SELECT a / b + c // d FROM t'],
    ['a join', 'SELECT a FROM t JOIN u USING (k)', 'SELECT a FROM t LEFT JOIN u USING (k)'],
    ['distinct', 'SELECT a FROM t', 'SELECT DISTINCT a FROM t'],
    ['an order', 'SELECT a FROM t ORDER BY a', 'SELECT a FROM t ORDER BY a DESC'],
    ['a union', 'SELECT a FROM t UNION ALL SELECT a FROM u', 'SELECT a FROM t UNION SELECT a FROM u'],
    ['a table', 'SELECT a FROM t', 'SELECT a FROM u'],
    ['the case of a quoted name', 'SELECT "a" FROM t', 'SELECT "A" FROM t'],
    ['one more statement', 'SELECT a FROM t', 'SELECT a FROM t; SELECT b FROM t'],
    ['a variable whose sample is the same', "SELECT '{{ ds }}' FROM t", "SELECT '{{ execution_date }}' FROM t"],
    ['an expression whose sample is the same', 'SELECT {{ n }} FROM t', 'SELECT {{ n * 1 }} FROM t'],
    ['a variable instead of its sample', 'SELECT 7 FROM t', 'SELECT {{ n }} FROM t'],
    ['the place of a variable, beside its sample', 'SELECT {{ n }}, 7 FROM t', 'SELECT 7, {{ n }} FROM t'],
    [
      'the place of a date, beside its sample',
      "SELECT a FROM t WHERE d = '{{ ds }}' AND e = '2024-01-15'",
      "SELECT a FROM t WHERE d = '2024-01-15' AND e = '{{ ds }}'",
    ],
    [
      'the place of a list, beside its sample',
      "SELECT {{ tags | join(',') }}, x FROM t",
      "SELECT x, {{ tags | join(',') }} FROM t",
    ],
    [
      'a branch that the samples do not take',
      '{% if n > 100 %}SELECT 1{% else %}SELECT 2{% endif %}',
      '{% if n > 100 %}SELECT 3{% else %}SELECT 2{% endif %}',
    ],
    [
      'a text in template code',
      "{% if n == 'a b' %}SELECT 1{% else %}SELECT 2{% endif %}",
      "{% if n == 'a  b' %}SELECT 1{% else %}SELECT 2{% endif %}",
    ],
  ])('in %s is real', async (_, before, after) => {
    expect(await verdict(before, after)).toBe('real');
  });

  it('that does not parse could not be compared', async () => {
    expect(await verdict('SELECT a FROM t', 'SELEC a FRM t WHERE')).toBe('unknown');
    expect(await verdict('SELECT {{ missing }}', 'SELECT 1')).toBe('unknown');
  });

  it('is compared with the new values of parameters, so that a new default alone is no change', async () => {
    const before = specOf('SELECT {{ n }} FROM t');
    const spec = specOf('SELECT {{ n }}  FROM t', 'parameters: [{name: n, type: integer, default: 8}]');
    expect(await compareSql({ before, spec, warehouseDialect: 'duckdb' })).toEqual({ query: 'cosmetic' });
  });

  it('is compared statement by statement, by name, where both have one that is written differently', async () => {
    const statements = (one: string, two: string) =>
      specOf('SELECT 1', `pre_statements: [{name: one, sql: "${one}"}, {name: two, sql: "${two}"}]`);
    const input = { before: statements('SELECT 1', 'SELECT 2'), spec: statements('select 1', 'SELECT 3') };
    expect(await compareSql({ ...input, warehouseDialect: 'duckdb' })).toEqual({
      'pre_statements.one': 'cosmetic',
      'pre_statements.two': 'real',
    });
  });
});

describe('the SQL of the examples and of common statements', () => {
  const folder = new URL('../../examples/flights/datasets/', import.meta.url);
  const examples = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .map((name) =>
      readFileSync(new URL(name, folder), 'utf8')
        .replaceAll(/\{\{ (ref|source)[^}]*\}\}/g, 'a.b.c')
        .replaceAll(/\{\{[^}]*\}\}/g, "'2024-01-15'"),
    );
  const corpus = [
    ...examples,
    "INSERT INTO a.b.c SELECT user_id, count(*) AS clicks FROM a.raw.events WHERE kind = 'click' AND dt = '2024-01-15' GROUP BY 1",
    "DELETE FROM a.b.c WHERE dt BETWEEN '2024-01-01' AND '2024-01-31'",
    'WITH x AS (SELECT a, row_number() OVER (PARTITION BY b ORDER BY c DESC) AS r FROM t) SELECT a FROM x WHERE r = 1 LIMIT 10',
    "SELECT CASE WHEN a > 1.5 THEN 'x' ELSE 'y' END, coalesce(b, 0) FROM t WHERE c IN (1, 2, 3) OR d LIKE 'p%'",
    "CREATE TABLE IF NOT EXISTS a.b.c (dt DATE, n BIGINT, label TEXT DEFAULT 'none')",
    "UPDATE a.b.c SET n = n + 1 WHERE dt = DATE '2024-01-15'",
  ];
  let engine: SqlEngine;
  beforeAll(async () => {
    engine = await loadSqlEngine();
  });

  it('means the same after the formatter wrote it anew', async () => {
    for (const sql of corpus) {
      const formatted = engine.transpile(sql, { from: 'duckdb', to: 'duckdb' });
      expect(formatted).toMatchObject({ ok: true });
      if (formatted.ok && formatted.value.trim() !== sql.trim())
        expect(await verdict(sql, formatted.value), sql).toBe('cosmetic');
    }
  });

  it('means something else when any literal is changed, however the rest is written', async () => {
    const literals = corpus.flatMap((sql) =>
      meaningfulTokens(sql).flatMap((token) =>
        token.kind === 'string' || token.kind === 'number' ? [{ sql, token }] : [],
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...literals), fc.boolean(), async ({ sql, token }, spaced) => {
        const other = token.kind === 'string' ? `'${token.text.slice(1, -1)}x'` : `${token.text}1`;
        const changed = tokenizeSql(sql)
          .map((each) => (each.offset === token.offset ? other : spaced && each.kind === 'space' ? '\n\n ' : each.text))
          .join('');
        expect(await verdict(sql, changed), changed).toBe('real');
      }),
      { numRuns: 60 },
    );
  });
});
