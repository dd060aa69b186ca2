import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { SqlText } from './dataset-spec.ts';
import { createRenderer, type Renderer, type TemplateScope } from './template.ts';
import { templateVariables } from './template-variables.ts';

const sqlText = (sql: string): SqlText => ({
  sql,
  file: 'q.sql',
  origin: { file: 'q.sql', line: 1, indent: 0, exact: true },
});

const open: Renderer[] = [];
afterEach(() => {
  for (const renderer of open.splice(0)) renderer.close();
});

async function createTest(variables: Record<string, unknown> = {}, scope: Partial<TemplateScope> = {}) {
  const outside = { vars: { region: 'eu' }, envVars: { STAGE: 'prod', UNSET: null }, sample: false };
  const renderer = await createRenderer({ variables, outside, dialect: 'trino', ...scope });
  open.push(renderer);
  return (sql: string) => renderer.render(sqlText(sql));
}

async function render(sql: string, variables: Record<string, unknown> = {}): Promise<string> {
  const rendered = (await createTest(variables))(sql);
  return rendered.ok
    ? rendered.text
    : `${rendered.problem.line}:${rendered.problem.column} ${rendered.problem.message}`;
}

const run = { runId: 'a.b_20240301_000000', params: {}, ts: '2024-03-01T00:00:00Z' };

describe('variables', () => {
  it.each([
    ['execution_date', '2024-03-01'],
    ['ds', '2024-03-01'],
    ['ds_nodash', '20240301'],
    ['yesterday_ds', '2024-02-29'],
    ['tomorrow_ds', '2024-03-02'],
    ['week_start_ds', '2024-02-26'],
    ['month_start_ds', '2024-03-01'],
    ['year', '2024'],
    ['month', '3'],
    ['day', '1'],
    ['ts', '2024-03-01T00:00:00Z'],
    ['dataset', 'a.b'],
    ['run_id', 'a.b_20240301_000000'],
    ['year + 1', '2025'],
  ])('{{ %s }} is %s', async (expression, value) => {
    const variables = templateVariables('a.b', { ...run, executionDate: '2024-03-01' });
    expect(await render(`{{ ${expression} }}`, variables)).toBe(value);
  });

  it('of dates exist only with an execution date', async () => {
    const variables = templateVariables('a.b', { ...run, executionDate: null });
    expect(Object.keys(variables)).toEqual(['ts', 'dataset', 'run_id']);
    expect(templateVariables('a', { ...run, params: { execution_date: '2024-03-01' }, executionDate: null }).ds).toBe(
      '2024-03-01',
    );
  });

  it.each<[unknown, string]>([
    [7, '7'],
    [9_007_199_254_740_991, '9007199254740991'],
    [-3, '-3'],
    [0.5, '0.5'],
    [true, 'true'],
    ['<\'&">', '<\'&">'],
  ])('of value %j render as %s', async (value, text) => {
    expect(await render('{{ p }}', { p: value })).toBe(text);
  });

  it('without a value are not there, so that default and "is defined" work', async () => {
    const variables = templateVariables('a', { ...run, params: { p: null }, executionDate: null });
    expect(await render("{{ p | default('x') }}{% if p is defined %}no{% endif %}", variables)).toBe('x');
    expect(await render('{{ p }}', variables)).toContain("Unknown name 'p'");
  });
});

describe('functions', () => {
  it.each([
    ["{{ date_add('2024-02-28', 2) }}", '2024-03-01'],
    ["{{ date_sub('2024-03-01', 1) }}", '2024-02-29'],
    ["{{ date_add('2024-01-01', -1) }}", '2023-12-31'],
    ["{{ var('region') }}", 'eu'],
    ["{{ var('x', 'y') }}", 'y'],
    ["{{ var('x', default='y') }}", 'y'],
    ["{{ env_var('STAGE') }}", 'prod'],
    ["{{ env_var('UNSET', 'dev') }}", 'dev'],
    ["{{ ref('iceberg.raw.x-y') }}", 'iceberg.raw."x-y"'],
    ["{{ source('iceberg.raw', 'events') }}", 'iceberg.raw.events'],
  ])('%s is %s', async (sql, text) => {
    expect(await render(sql)).toBe(text);
  });

  it.each([
    ["a\n  {{ date_add('2024-13-01', 2) }}", '2:6 date_add(date, days) expects a date'],
    ["{{ date_add('2024-01-01', 1.5) }}", 'expects a whole number of days, got 1.5'],
    ["{{ date_add('2024-01-01') }}", 'expects a whole number of days, got nothing'],
    ["{{ date_add('9999-12-31', 1) }}", 'the years 1 to 9999'],
    [
      "{{ var('regio') }}",
      "Unknown variable 'regio' and no default: write var('regio', default). Did you mean 'region'?",
    ],
    ["{{ env_var('HOME') }}", "'HOME' is not allowed by the server's env_vars. Allowed: STAGE, UNSET"],
    ["{{ env_var('HOME', 'x') }}", 'is not allowed'],
    ["{{ env_var('UNSET') }}", 'is not set'],
    ["{{ env_var('__proto__') }}", 'is not allowed'],
    ['{{ var(__proto__) }}', 'expects a name'],
    ["{{ ref('a; DROP TABLE b') }}", "expects a dataset's name"],
    ["{{ source('a') }}", "expects a dataset's name"],
  ])('%s is an error: %s', async (sql, reason) => {
    expect(await render(sql)).toContain(reason);
  });
});

describe('an error in a template', () => {
  it.each([
    [
      'SELECT 1\nFROM {{ lookback_dayz }}',
      "2:9 Unknown name 'lookback_dayz'; did you mean 'lookback_days'? Known: lookback_days",
    ],
    ['{{ nope | upper }}', "Unknown name 'nope'"],
    ['{% if nope %}x{% endif %}', "Unknown name 'nope'"],
    ['{{ lookback_days.x.y }}', 'has no value'],
    ['{{ nope | sql_string }}', "1:4 Unknown name 'nope'"],
    ['{{ lookback_days.x | sql_string }}', 'sql_string expects a text, a number or a boolean, got nothing'],
    ['{{ 1 | sql_strin }}', "Unknown filter 'sql_strin'; did you mean 'sql_string'?"],
    ['{{ date_ad(1) }}', "Unknown function 'date_ad'; did you mean 'date_add'?"],
    ['{{ 1 is foo }}', "Unknown test 'foo'"],
    ['a\n{% if %}', '2:'],
    ['{{ x', 'syntax error'],
    ["{% include 'x' %}", 'include, import and extends are not available'],
    ["{% extends '/etc/passwd' %}", 'include, import and extends are not available'],
    ["{% import 'x' as y %}", 'include, import and extends are not available'],
    ['{{ debug() }}', "Unknown function 'debug'"],
    ["{{ 'a'.upper() }}", 'unknown method'],
    ['{{ lookback_days.constructor }}', 'has no value'],
    ["{{ ''.__class__ }}", 'has no value'],
    ['{{ process.env }}', "'process.env' has no value"],
    ['{% for i in range(1000000) %}{% for j in range(1000000) %}x{% endfor %}{% endfor %}', ''],
    ['{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}', 'does too much work'],
    ['{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}', 'recursion limit'],
    ["{{ 'a' * 2000000 }}", 'has 2000000 characters where 1048576 are allowed'],
    [`{{ ${'('.repeat(3000)} }}`, ''],
  ])('%# is told with its place and reason', async (sql, reason) => {
    const rendered = (await createTest({ lookback_days: 7 }))(sql);
    expect(rendered.ok).toBe(false);
    expect(await render(sql, { lookback_days: 7 })).toContain(reason);
  });

  it('is placed in the YAML when the SQL stands there', async () => {
    const renderer = await createRenderer({
      variables: {},
      outside: { vars: {}, envVars: {}, sample: false },
      dialect: 'trino',
    });
    open.push(renderer);
    const text = { ...sqlText('SELECT\n{{ nope }}'), origin: { file: 's.yaml', line: 5, indent: 4, exact: true } };
    expect(renderer.render(text)).toMatchObject({ ok: false, problem: { file: 's.yaml', line: 6, column: 8 } });
  });

  it('does not spoil the next text', async () => {
    const renderOne = await createTest({ a: 1 });
    expect(renderOne('{{ var(1) }}').ok).toBe(false);
    expect(renderOne('{{ a }}')).toEqual({ ok: true, text: '1' });
  });

  it('no text makes it fail in another way', async () => {
    const renderOne = await createTest({ a: 1 });
    const pieces = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      '{#',
      '#}',
      ' a ',
      '|sql_string',
      "'",
      '"',
      '\n',
      'for',
      'if',
      '(',
      ')',
      '[',
      '1',
      'é',
      '😀',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        const rendered = renderOne(parts.join(''));
        if (!rendered.ok) expect(rendered.problem.message).not.toMatch(/recursive use|unreachable/);
      }),
    );
  });
});

describe('filters', () => {
  const unquote = (literal: string) => {
    expect(literal).toMatch(/^'(?:[^']|'')*'$/s);
    return literal.slice(1, -1).replaceAll("''", "'");
  };
  const texts = fc
    .oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^['"\\;\-/* a]*$/))
    .filter((text) => text.isWellFormed());

  it('sql_string makes one literal of any text', async () => {
    const variables = { p: '' };
    const renderOne = await createTest(variables);
    fc.assert(
      fc.property(texts, (text) => {
        variables.p = text;
        const rendered = renderOne('{{ p | sql_string }}');
        expect(rendered.ok).toBe(!text.includes('\0'));
        if (rendered.ok) expect(unquote(rendered.text)).toBe(text);
      }),
    );
  });

  it('sql_identifier makes one quoted name of any text', async () => {
    const variables = { p: '' };
    const renderOne = await createTest(variables);
    fc.assert(
      fc.property(texts, (text) => {
        variables.p = text;
        const rendered = renderOne('{{ p | sql_identifier }}');
        if (!rendered.ok) return;
        expect(rendered.text).toMatch(/^"(?:[^"]|"")+"$/s);
        expect(rendered.text.slice(1, -1).replaceAll('""', '"')).toBe(text);
      }),
    );
  });

  it('sql_list makes a list of literals of any texts', async () => {
    const variables: { p: string[] } = { p: [] };
    const renderOne = await createTest(variables);
    fc.assert(
      fc.property(
        fc.array(
          texts.filter((text) => !text.includes('\0')),
          { minLength: 1 },
        ),
        (list) => {
          variables.p = list;
          const rendered = renderOne('{{ p | sql_list }}');
          expect(rendered).toEqual({
            ok: true,
            text: `(${list.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')})`,
          });
        },
      ),
    );
  });

  it.each<[string, unknown, string]>([
    ['sql_string', 7, "'7'"],
    ['sql_list', [1, 2.5], '(1, 2.5)'],
    ['sql_list', [true, false], '(TRUE, FALSE)'],
    ['sql_date', '2024-02-29', "DATE '2024-02-29'"],
  ])('%s writes %j as %s', async (filter, value, text) => {
    expect(await render(`{{ p | ${filter} }}`, { p: value })).toBe(text);
  });

  it.each<[string, unknown]>([
    ['sql_string', ['a']],
    ['sql_list', 'a'],
    ['sql_list', []],
    ['sql_list', ['a', 1]],
    ['sql_list', [['a']]],
    ['sql_list', ['\0']],
    ['sql_identifier', ''],
    ['sql_identifier', 7],
    ['sql_identifier', 'a\nb'],
    ['sql_date', '2024-02-30'],
    ['sql_date', "2024-01-01' OR 1=1"],
  ])('%s refuses %j', async (filter, value) => {
    expect(await render(`{{ p | ${filter} }}`, { p: value })).toContain(`${filter} expects`);
  });

  it('a backslash is refused in dialects where it could escape the closing quote', async () => {
    const renderOne = await createTest({ p: 'a\\' }, { dialect: 'mysql' });
    expect(renderOne('{{ p | sql_string }}')).toMatchObject({ ok: false });
    expect(await render('{{ p | sql_string }}', { p: 'a\\' })).toBe("'a\\'");
  });
});
