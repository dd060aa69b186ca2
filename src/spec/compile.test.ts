import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { checkSpec } from './check.ts';
import { compileRun } from './compile.ts';
import { parseSpec } from './parse.ts';

const head = 'name: a.b.c\nowner: me\nteam: us\n';
const read = (yaml: string, files: Record<string, string> = {}) =>
  parseSpec({ text: `${head}${yaml}`, file: 's.yaml', readFile: (path) => files[path] });

const run = {
  runId: 'a.b.c_20240115_000000',
  params: { execution_date: '2024-01-15', days: 7, who: "O'Brien", free: null },
  executionDate: '2024-01-15',
  ts: '2024-01-15T00:00:00Z',
};

const full = read(
  `
pre_statements:
  - {name: clear, sql: "DELETE FROM a.b.c WHERE dt = {{ ds | sql_date }}"}
query_file: q.sql
post_statements:
  - {name: tidy, sql: "CHECKPOINT", continue_on_error: true}
parameters:
  - {name: execution_date, type: date}
  - {name: days, type: integer, default: 7}
  - {name: who, type: string, default: x}
  - {name: free, type: string, required: false}
depends_on: [x.y]
execution: {dialect: trino}
`,
  {
    'q.sql':
      "INSERT INTO a.b.c\nSELECT {{ days }}, {{ who | sql_string }}, '{{ run_id }}'\nFROM raw.t WHERE dt >= {{ date_sub(ds, days) | sql_date }}",
  },
);

const translatedQuery = (columns: string) =>
  `INSERT INTO a.b.c
SELECT
  ${columns},
  'a.b.c_20240115_000000'
FROM raw.t
WHERE
  dt >= CAST('2024-01-08' AS DATE)`;

async function refusal(work: Promise<unknown>): Promise<DliError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DliError) return error;
  throw new TypeError(`nothing was refused: ${String(error)}`);
}

describe('compiling a run', () => {
  it('renders and translates every statement', async () => {
    expect(await compileRun({ spec: full, warehouseDialect: 'duckdb', run })).toEqual({
      statements: [
        { label: 'clear', sql: "DELETE FROM a.b.c WHERE dt = CAST('2024-01-15' AS DATE)" },
        { label: 'query', sql: translatedQuery("7,\n  'O''Brien'") },
      ],
      postStatements: [{ label: 'tidy', sql: 'CHECKPOINT', continueOnError: true }],
    });
  });

  it("leaves SQL of the warehouse's own dialect as it is", async () => {
    const spec = read("query_statement: |\n  SELECT  '{{ ds }}' ; -- kept\n  SELECT format('x')\n");
    const { statements } = await compileRun({ spec, warehouseDialect: 'duckdb', run });
    expect(statements[0]?.sql).toBe("SELECT  '2024-01-15' ; -- kept\nSELECT format('x')");
  });

  it('names every problem of all statements, with the places in their files', async () => {
    const spec = read(
      `
pre_statements: [{name: one, sql: "SELECT {{ nope }}"}]
query_file: q.sql
execution: {dialect: trino}
`,
      { 'q.sql': 'SELECT 1\nFROM (x =' },
    );
    const error = await refusal(compileRun({ spec, warehouseDialect: 'duckdb', run }));
    expect(error.code).toBe('DLI-815');
    expect(error.problems).toEqual([
      { file: 's.yaml', line: 5, column: 46, message: expect.stringContaining("Unknown name 'nope'") },
      { file: 'q.sql', line: 2, column: expect.any(Number), message: expect.any(String) },
    ]);
  });

  it('reads what the server allows and nothing else', async () => {
    const spec = read(`query_statement: "SELECT '{{ var('a') }}{{ env_var('B') }}'"`);
    const { statements } = await compileRun({
      spec,
      warehouseDialect: 'duckdb',
      run,
      vars: { a: 1 },
      envVars: { B: 'x' },
    });
    expect(statements[0]?.sql).toBe("SELECT '1x'");
    expect((await refusal(compileRun({ spec, warehouseDialect: 'duckdb', run }))).message).toContain(
      "Unknown variable 'a'",
    );
  });
});

describe('checking a spec', () => {
  it('finds what fails only when an optional parameter is left out', async () => {
    const spec = (condition: string) =>
      read(
        `query_statement: "SELECT 1 {% if ${condition} %} WHERE x = {{ city | sql_string }} {% endif %}"\nparameters: [{name: city, type: string, required: false}]\n`,
      );
    const error = await refusal(checkSpec({ spec: spec('city'), warehouseDialect: 'duckdb' }));
    expect(error.code).toBe('DLI-815');
    expect(error.problems[0]?.message).toContain("Parameter 'city' has no value here");
    await checkSpec({ spec: spec('city is defined'), warehouseDialect: 'duckdb' });
  });

  it('finds what it reads and writes, and says what may surprise', async () => {
    const { reads, writes, warnings } = await checkSpec({ spec: full, warehouseDialect: 'duckdb' });
    expect(reads).toEqual(['raw.t', 'x.y']);
    expect(writes).toEqual(['a.b.c']);
    expect(warnings).toEqual([{ message: expect.stringContaining('depends_on is lineage only') }]);
  });

  it("gives every statement with sample values in the warehouse's dialect", async () => {
    expect((await checkSpec({ spec: full, warehouseDialect: 'duckdb' })).samples).toEqual({
      statements: [
        { label: 'clear', sql: "DELETE FROM a.b.c WHERE dt = CAST('2024-01-15' AS DATE)" },
        { label: 'query', sql: translatedQuery("7,\n  'x'") },
      ],
      postStatements: [{ label: 'tidy', sql: 'CHECKPOINT' }],
    });
  });

  it('warns about a string parameter that reaches SQL unfiltered, and a query that writes nothing', async () => {
    const spec = read(`query_statement: |
  -- {{ who | sql_string }} {# {{ who }} #}{% raw %}{{ who }}{% endraw %}
  SELECT '{{ who }}', {{ n }}, {{ ds | sql_date }}, '{{ dataset }}', {{ var("who") | sql_string }}
  {%- if who == 'x' %} {% endif %}
parameters: [{name: who, type: string}, {name: n, type: integer}, {name: execution_date, type: date}]
`);
    const { warnings } = await checkSpec({ spec, warehouseDialect: 'duckdb' });
    expect(warnings.map(({ message, line, column }) => [message, line, column])).toEqual([
      ['The SQL does not write the table a.b.c: it writes no table', 5, undefined],
      ["Parameter 'who' reaches the SQL unfiltered: write {{ who | sql_string }} (or sql_list, sql_identifier)", 6, 13],
    ]);
  });

  it('knows neither variables nor environment of the server, so it takes samples for them', async () => {
    const spec = read(`query_statement: "INSERT INTO a.b.c SELECT '{{ var('a') }}', '{{ env_var('B') }}'"`);
    expect((await checkSpec({ spec, warehouseDialect: 'duckdb' })).warnings).toEqual([]);
    const error = await refusal(checkSpec({ spec, warehouseDialect: 'duckdb', vars: {}, envVars: {} }));
    expect(error.message).toContain("Unknown variable 'a'");
  });

  it('shows a place in the rendered SQL when the template changed the lines', async () => {
    const spec = read(
      'query_statement: |\n  SELECT 1\n  {% for i in range(3) %}\n  , {{ i }}\n  {% endfor %}\n  FROM (x =\n',
    );
    const [problem] = (await refusal(checkSpec({ spec, warehouseDialect: 'duckdb' }))).problems;
    expect(problem?.message).toMatch(/\(line \d+, column \d+ of the rendered SQL\)$/);
    expect(problem?.line).toBe(5);
  });

  it.each([
    ['query_statement: SELECT FROM WHERE', 'DLI-815'],
    ['query_statement: "SELECT \'abc"', 'DLI-815'],
    ['query_statement: "-- nothing"', 'DLI-815'],
    ['query_statement: "{{ ds }}"', 'DLI-815'],
    ["query_statement: SELECT array_join(x, ',') FROM t\nexecution: {dialect: trino}", 'DLI-815'],
  ])('%s is %s', async (yaml, code) => {
    expect((await refusal(checkSpec({ spec: read(yaml), warehouseDialect: 'duckdb' }))).code).toBe(code);
  });
});
