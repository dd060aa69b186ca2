import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { addDays } from '../core/calendar-date.ts';
import { loadSqlEngine, type SqlEngine } from './sql.ts';
import { tokenizeSql } from './sql-tokens.ts';
import { tableUses } from './sql-tree.ts';
import { translationDoubts } from './translation-checks.ts';
import { createTranslationMemory } from './translation-memory.ts';

let engine: SqlEngine;
beforeAll(async () => {
  engine = await loadSqlEngine();
});

const pair = { from: 'trino', to: 'duckdb' };
const translate = (sql: string) => {
  const result = engine.transpile(sql, pair);
  return result.ok ? result.value : `${result.problem.line}:${result.problem.column} ${result.problem.message}`;
};

/** White space aside: where lines break is looked at by the tests that name it. */
const squeezed = (sql: string) => sql.replace(/\s+/g, ' ').replace(/(?<=\() | (?=\))/g, '');

describe('a translation from Trino to DuckDB', () => {
  it.each([
    ["SELECT date_parse(x, '%Y-%m-%d') FROM t", "SELECT STRPTIME(x, '%Y-%m-%d') FROM t"],
    ['SELECT approx_distinct(x), arbitrary(y) FROM t', 'SELECT APPROX_COUNT_DISTINCT(x), ANY_VALUE(y) FROM t'],
    ["SELECT date_diff('hour', a, b) FROM t", "SELECT DATE_SUB('HOUR', a, b) FROM t"],
    ['SELECT extract(dow FROM d) FROM t', 'SELECT EXTRACT(ISODOW FROM d) FROM t'],
    ["SELECT ';' AS a; ; SELECT 2", "SELECT ';' AS a;\nSELECT 2"],
    ["SELECT 'it''s' -- why; not\nFROM t", "SELECT 'it''s' /* why; not */ FROM t"],
    ['SELECT 1.0 / 2, a * 100.0 / b FROM t', 'SELECT 1.0 / 2, a * 100.0 / b FROM t'],
    [
      'WITH q(a, b) AS (SELECT 1, 2) SELECT u.x FROM q u(x, y)',
      'WITH q(a, b) AS (SELECT 1, 2) SELECT u.x FROM q AS u(x, y)',
    ],
    ["CREATE TABLE a.b.c (x bigint) WITH (format = 'PARQUET')", 'CREATE TABLE a.b.c (x BIGINT)'],
  ])('%s', (sql, translated) => {
    expect(squeezed(translate(sql))).toBe(squeezed(translated));
  });

  it('puts every column and every clause on a line of its own, so that a line says where an error is', () => {
    expect(translate('SELECT a, count(*) AS n FROM (SELECT a FROM t WHERE x > 1) GROUP BY a -- by hand')).toBe(
      [
        'SELECT',
        '  a,',
        '  COUNT(*) AS n',
        'FROM (',
        '  SELECT',
        '    a',
        '  FROM t',
        '  WHERE',
        '    x > 1',
        ')',
        'GROUP BY',
        '  a /* by hand */',
      ].join('\n'),
    );
  });

  it('leaves the lines inside literals and quoted names as they are', () => {
    const literals = ["'a\n  b\t\n\n   c'", "'\r\n'", `'${'long '.repeat(30)}\n  x'`, '"q\n  r"'];
    const [a, b, c, d] = literals;
    const translated = translate(
      `SELECT ${a} AS x FROM (SELECT concat(${b}, ${c}, 'y') AS ${d} FROM t WHERE u IN (${a}, ${b}))`,
    );
    expect(translated.split(a ?? '')).toHaveLength(3);
    for (const literal of literals) expect(translated).toContain(literal);
  });

  it.each([
    ['SELECT 1,\n  element_att(x, 1) FROM t', '2:3 element_att() has no translation'],
    ["SELECT array_join(x, ',') FROM t", '1:8 array_join() has no translation'],
    ["SELECT format_datetime(x, 'yyyy') FROM t", 'format_datetime() has no translation'],
    ["SELECT format('%s-%d', a, 1) FROM t", 'format() of trino has no translation'],
    ['SELECT flatten(x) FROM t', 'flatten() of trino has no translation'],
    ["SELECT to_char(x, 'yyyy') FROM t", 'to_char() of trino has no translation'],
    ['SELECT try(1 / x) FROM t', 'try() of trino has no translation'],
    ['SELECT count(*) / 2 FROM t', '1:17 / of two whole numbers drops the remainder'],
    ['SELECT 7/2', '1:9 / of two whole numbers'],
    ['SELECT count_if(x) / count(*) FROM t', 'of two whole numbers'],
    [
      'SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY a ORDER BY b PATTERN (A) DEFINE A AS x > 1)',
      'MATCH_RECOGNIZE not supported',
    ],
    ['SELECT a\nFROM (x = ', '2:9 '],
    ["SELECT 'abc", '1:8 Unterminated string'],
    ['SELECT (1', '1:'],
  ])('is refused with its place: %s', (sql, reason) => {
    expect(translate(sql)).toContain(reason);
  });

  it.each([
    ['SELECT a / b FROM t', ['/ of two whole numbers']],
    ['SELECT a / nullif(b, 0) FROM t', ['/ of two whole numbers']],
    ['SELECT CAST(a AS double) / b, avg(x) / 2, a / 2.0 FROM t', []],
    ['SELECT concat(a, b), greatest(a, b) FROM t', ['concat() is NULL', 'greatest() is NULL']],
    ["SELECT x AT TIME ZONE 'UTC' FROM t", ['AT TIME ZONE']],
    ['SELECT \'a / b\', "a / b" FROM t -- a / b', []],
  ])('is doubted where it depends on the data: %s', (sql, doubts) => {
    const found = translationDoubts(sql, pair).map(({ message }) => message);
    expect(found).toEqual(doubts.map((doubt) => expect.stringContaining(doubt)));
    expect(translationDoubts(sql, { from: 'duckdb', to: 'duckdb' })).toEqual([]);
  });
});

it("DuckDB's // is parsed, and so is what looks like it in a text", () => {
  expect(engine.parse("SELECT a // 2, '//' FROM t", 'duckdb').ok).toBe(true);
  expect(engine.parse('SELECT a //\nFROM (x = ', 'duckdb')).toMatchObject({ ok: false, problem: { line: 2 } });
});

describe('tokens', () => {
  it('lose nothing', () => {
    const pieces = fc.constantFrom(
      "'",
      '"',
      '--',
      '\n',
      '/*',
      '*/',
      'a',
      '1',
      '.5',
      '1e3',
      '$',
      ';',
      ' ',
      'é',
      '😀',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        expect(
          tokenizeSql(parts.join(''))
            .map(({ text }) => text)
            .join(''),
        ).toBe(parts.join(''));
      }),
    );
  });
});

describe('tables', () => {
  const uses = (sql: string) => {
    const parsed = engine.parse(sql, 'trino');
    if (!parsed.ok) throw new TypeError(parsed.problem.message);
    const found = tableUses(parsed.value);
    return [
      found.filter(({ writes }) => writes).map(({ name }) => name),
      found.filter(({ writes }) => !writes).map(({ name }) => name),
    ];
  };

  it.each<[string, string[], string[]]>([
    ['SELECT * FROM a.b.c JOIN d ON 1 = 1, e', [], ['a.b.c', 'd', 'e']],
    ['INSERT INTO a.b.c WITH q AS (SELECT * FROM x) SELECT * FROM q JOIN w ON 1 = 1', ['a.b.c'], ['w', 'x']],
    ['WITH q AS (SELECT 1) INSERT INTO a.b SELECT * FROM Q', ['a.b'], []],
    ['WITH q AS (SELECT * FROM a.q) SELECT * FROM q', [], ['a.q']],
    ['SELECT * FROM (WITH q AS (SELECT 1) SELECT * FROM q) JOIN q ON 1 = 1', [], ['q']],
    ['DELETE FROM a.b WHERE x IN (SELECT y FROM d.e)', ['a.b'], ['d.e']],
    ['UPDATE a SET x = (SELECT max(y) FROM b)', ['a'], ['b']],
    ['MERGE INTO a.b t USING s ON t.x = s.x WHEN MATCHED THEN UPDATE SET x = 1', ['a.b'], ['s']],
    ['CREATE TABLE IF NOT EXISTS a.b AS SELECT * FROM c', ['a.b'], ['c']],
    ['CREATE TABLE a.b (LIKE x.y)', ['a.b'], ['x.y']],
    ['CREATE OR REPLACE VIEW v AS SELECT * FROM t', ['v'], ['t']],
    ['TRUNCATE TABLE a.b', ['a.b'], []],
    ['DROP TABLE IF EXISTS a.b', ['a.b'], []],
    ['ALTER TABLE a.b ADD COLUMN x int', ['a.b'], []],
    ['CREATE SCHEMA IF NOT EXISTS a.b', [], []],
    ['INSERT INTO "A-b".c VALUES (1)', ['A-b.c'], []],
    ['SELECT * FROM t CROSS JOIN UNNEST(t.x) AS u(y)', [], ['t']],
    ['SELECT (SELECT max(x) FROM a), EXISTS (SELECT 1 FROM b) UNION ALL SELECT 1, true FROM c', [], ['a', 'b', 'c']],
  ])('%s', (sql, writes, reads) => {
    const [written, read] = uses(sql);
    expect(written).toEqual(writes);
    expect(read?.toSorted()).toEqual(reads);
  });
});

describe('the memory of translations', () => {
  const date = fc.integer({ min: 0, max: 20_000 }).map((days) => addDays('1990-01-01', days) ?? '');
  const literal = fc
    .tuple(date, fc.constantFrom('date', 'day', 'instant', 'zoned', 'run', 'text', 'number'))
    .map(([day, form]) => {
      const digits = day.replaceAll('-', '');
      const forms: Record<string, string> = {
        date: `'${day}'`,
        day: `'${digits}'`,
        instant: `'${day} 00:00:00'`,
        zoned: `'${day}T12:30:00+09:00'`,
        run: `'a.b_${digits}_000000'`,
        text: `'it''s ${day}'`,
        number: digits,
      };
      return forms[form] ?? '';
    });
  const template = fc.constantFrom(
    (a: string, b: string) =>
      `INSERT INTO x.y SELECT DATE ${a.startsWith("'") ? a : `'${a}'`}, ${b} FROM t WHERE dt = ${a}`,
    (a: string, b: string) => `DELETE FROM x.y WHERE dt >= CAST(${a} AS date) AND dt < ${b} /* ${a} */`,
    (a: string, b: string) =>
      `SELECT date_parse(${a}, '%Y-%m-%d'), date_diff('day', CAST(${a} AS timestamp), CAST(${b} AS timestamp))`,
    (a: string, b: string) =>
      `SELECT TIMESTAMP ${a.startsWith("'") ? a : `'${a}'`}, concat(${b}, 'x'), INTERVAL '1' DAY -- ${b}\nFROM t`,
    (a: string, b: string) =>
      `SELECT date_format(d, '%Y') || ${a} FROM t WHERE x IN (${a}, ${b}, ${a}) AND y BETWEEN ${a} AND ${b}; SELECT ${b}`,
    // Around the width at which arguments go on lines of their own.
    (a: string, b: string) => `SELECT concat(${a}, ${b}, '${'w'.repeat(40)}', ${a}) FROM t`,
    (a: string, b: string) =>
      `SELECT coalesce(x, ${a}, ${b}, ${'w'.repeat(44)}), '${a.replaceAll("'", '')}\n  ' FROM t`,
  );

  it('gives what a direct translation gives', () => {
    const memory = createTranslationMemory();
    const direct = (sql: string) => engine.transpile(sql, pair);
    fc.assert(
      fc.property(template, literal, literal, (make, a, b) => {
        const sql = make(a, b);
        expect(memory.translate(sql, 'p', direct)).toEqual(direct(sql));
      }),
      { numRuns: 600 },
    );
  });

  it('translates one text for all the dates of a backfill', () => {
    const memory = createTranslationMemory();
    let translated = 0;
    const direct = (sql: string) => {
      translated += 1;
      return engine.transpile(sql, pair);
    };
    for (let day = 0; day < 181; day++) {
      const ds = addDays('2001-01-01', day);
      const next = addDays('2001-01-01', day + 1);
      const result = memory.translate(
        `INSERT INTO a SELECT * FROM t WHERE d >= DATE '${ds}' AND d < DATE '${next}'`,
        'p',
        direct,
      );
      expect(result.ok && squeezed(result.value)).toBe(
        `INSERT INTO a SELECT * FROM t WHERE d >= CAST('${ds}' AS DATE) AND d < CAST('${next}' AS DATE)`,
      );
    }
    expect(translated).toBe(2);
  });

  it('does not confuse literals that happen to be equal', () => {
    const memory = createTranslationMemory();
    const direct = (sql: string) => engine.transpile(sql, pair);
    const make = (a: string, b: string) => `SELECT '${a}', '${b}'`;
    for (const [a, b] of [
      ['2024-01-01', '2024-01-01'],
      ['2024-01-02', '2024-01-03'],
      ['2024-01-04', '2024-01-04'],
    ] as const) {
      const result = memory.translate(make(a, b), 'p', direct);
      expect(result.ok && squeezed(result.value)).toBe(make(a, b));
    }
  });

  it('keeps nothing of a translator that looks at the literal', () => {
    const memory = createTranslationMemory();
    const direct = (sql: string) =>
      ({ ok: true, value: sql.replace("'2024-02-30'", 'NULL').replace("'2024-01-01'", "'first'") }) as const;
    expect(memory.translate("SELECT '2024-01-01'", 'p', direct)).toEqual({ ok: true, value: "SELECT 'first'" });
    expect(memory.translate("SELECT '2024-01-02'", 'p', direct)).toEqual({ ok: true, value: "SELECT '2024-01-02'" });
    expect(memory.translate("SELECT '2024-02-30'", 'p', direct)).toEqual({ ok: true, value: 'SELECT NULL' });
  });

  it('keeps the dialects apart', () => {
    const memory = createTranslationMemory();
    memory.translate("SELECT '2024-01-01'", 'a', () => ({ ok: true, value: 'one' }));
    expect(memory.translate("SELECT '2024-01-01'", 'b', () => ({ ok: true, value: 'two' }))).toEqual({
      ok: true,
      value: 'two',
    });
  });
});
