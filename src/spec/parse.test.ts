import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { retryOf } from './dataset-spec.ts';
import { parseSpec } from './parse.ts';

const files: Readonly<Record<string, string>> = {
  'q.sql': '\uFEFFINSERT INTO a.b\r\nSELECT 1;\r\n\r\n',
  'sub/c.sql': 'SELECT 2',
  'empty.sql': ' \n',
};
const readFile = (path: string) => files[path];
const head = 'name: a.b\nowner: me\nteam: us\n';
const minimal = `${head}query_statement: SELECT 1\n`;
const parse = (text: string) => parseSpec({ text, file: 's.yaml', readFile });

function refusal(text: string): DliError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof DliError) return error;
    throw error;
  }
  throw new TypeError('nothing was refused');
}

const places = (text: string) =>
  refusal(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe('a spec', () => {
  it('with a schedule needs a default for every parameter that a tick cannot give', () => {
    const parameters =
      'parameters: [{name: execution_date, type: date}, {name: n, type: integer, required: true}, {name: m, type: string, default: x}]\n';
    const scheduled = `${minimal}${parameters}schedule: {cron: "0 9 * * *"}\n`;
    expect(places(scheduled)).toEqual([expect.stringMatching(/^5:.* Parameter 'n' is required and has no default/)]);
    expect(parse(`${minimal}${parameters}`).parameters).toHaveLength(3);
  });

  it('gets every default', () => {
    const spec = parse(minimal);
    expect(spec).toMatchObject({
      name: 'a.b',
      description: null,
      domains: [],
      queryType: 'DML',
      preStatements: [],
      parameters: [],
      dependsOn: [],
      execution: { dialect: null, warehouse: 'default', timeoutSeconds: 3600 },
      schedule: null,
    });
    expect(retryOf(spec)).toEqual({ maxAttempts: 1, delaySeconds: 300 });
  });

  it('gets every default of a schedule', () => {
    expect(parse(`${minimal}schedule: {cron: "0 9 * * *"}\n`).schedule).toEqual({
      enabled: true,
      cron: '0 9 * * *',
      timezone: 'UTC',
      retry: { maxAttempts: 1, delaySeconds: 300 },
      executionDate: 'same_day',
      catchup: 'latest',
      overlap: 'queue',
      notifications: { onFailure: [], onSuccess: [], onSourceChange: [], onRecovery: [], onLate: null },
    });
  });

  it('keeps everything that it says', () => {
    const spec = parse(`${head}type: Dataset
description: Daily clicks
domains: [feed]
tags: [daily]
query_type: DML
query_file: q.sql
pre_statements:
  - {name: clear, sql: "DELETE FROM a.b"}
  - {name: other, file: sub/c.sql}
post_statements:
  - {name: optimize, sql: "CHECKPOINT", continue_on_error: true}
parameters:
  - {name: execution_date, type: date, required: true, description: Day}
  - {name: days, type: integer, required: false, default: 7}
  - {name: free, type: string, required: false}
depends_on: [x.y]
schema: [{name: dt, type: date}]
versions: [{version: v1, started_at: 2024-01-01, description: first}]
execution: {dialect: trino, warehouse: big, timeout_seconds: 60}
schedule:
  enabled: false
  cron: "@daily"
  timezone: Asia/Seoul
  retry: {max_attempts: 3, delay_seconds: 10}
  execution_date: previous_day
  catchup: all
  overlap: skip
  notifications:
    on_failure: [{type: slack, channel: "#x"}]
    on_late: {after_minutes: 60, to: [{type: webhook, channel: "https://x"}]}
`);
    expect(spec.query).toEqual({
      sql: 'INSERT INTO a.b\nSELECT 1;',
      file: 'q.sql',
      origin: { file: 'q.sql', line: 1, indent: 0, exact: true },
    });
    expect(spec.preStatements.map(({ name, sql, file }) => [name, sql, file])).toEqual([
      ['clear', 'DELETE FROM a.b', null],
      ['other', 'SELECT 2', 'sub/c.sql'],
    ]);
    expect(spec.postStatements[0]).toMatchObject({ name: 'optimize', continueOnError: true });
    expect(spec.parameters).toEqual([
      { name: 'execution_date', type: 'date', required: true, default: undefined, description: 'Day' },
      { name: 'days', type: 'integer', required: false, default: 7, description: null },
      { name: 'free', type: 'string', required: false, default: undefined, description: null },
    ]);
    expect(spec.versions).toEqual([{ version: 'v1', startedAt: '2024-01-01', endedAt: null, description: 'first' }]);
    expect(spec.execution).toEqual({ dialect: 'trino', warehouse: 'big', timeoutSeconds: 60 });
    expect(spec.schedule).toMatchObject({
      enabled: false,
      catchup: 'all',
      overlap: 'skip',
      executionDate: 'previous_day',
    });
    expect(spec.schedule?.notifications.onLate).toEqual({
      afterMinutes: 60,
      to: [{ type: 'webhook', channel: 'https://x' }],
    });
  });

  it('knows where SQL in a block literal begins', () => {
    const spec = parse(`${head}query_statement: |\n    SELECT\n      1\n`);
    expect(spec.query.origin).toEqual({ file: 's.yaml', line: 5, indent: 4, exact: true });
  });
});

describe('what is wrong with a spec', () => {
  it('is reported all at once, with places, allowed values and suggestions', () => {
    expect(
      places(`name: a b\nownr: x\nteam: 1\nquery_statement: SELECT 1
execution: {dialect: trinoo, timeout_seconds: 0}
parameters:
  - {name: p, type: int}
schedule:
  cron: 0 99 * * *
  timezone: KST
  catchup: some
  retries: 3
`),
    ).toEqual([
      '1:1 Missing owner: expects text (quote it if it looks like a number)',
      "1:7 Dataset name 'a b' has a part that is not allowed: 'a b'. Allowed: 1 to 3 parts separated by dots, each a letter or _ followed by letters, digits, _ or -, such as iceberg.analytics.daily_clicks; at most 200 characters.",
      expect.stringContaining("2:1 Unknown key 'ownr'; did you mean 'owner'? Allowed: name, type, owner"),
      '3:7 team expects text (quote it if it looks like a number), got 1',
      expect.stringContaining("5:22 Unknown dialect 'trinoo'; did you mean 'trino'? Allowed: athena"),
      '5:47 execution.timeout_seconds expects a number from 1 on, got 0',
      '7:21 parameters[0].type expects one of string, integer, float, date, boolean, list, got "int"',
      expect.stringContaining("9:9 Cron '0 99 * * *' is not valid"),
      expect.stringContaining("10:13 Timezone 'KST' is not an IANA name"),
      '11:12 schedule.catchup expects one of none, latest, all, got "some"',
      expect.stringContaining("12:3 Unknown key 'retries' in schedule"),
    ]);
  });

  it('is DLI-813, or DLI-805 when only the cron is wrong', () => {
    expect(refusal(`${minimal}x: 1`).code).toBe('DLI-813');
    const cron = refusal(`${minimal}schedule: {cron: "0 0 30 2 *"}`);
    expect(cron.code).toBe('DLI-805');
    expect(cron.message).toBe("Cron '0 0 30 2 *' never fires (s.yaml:5:18)");
    expect(refusal(`${minimal}schedule: {cron: "x", timezone: KST}`).code).toBe('DLI-813');
  });

  it.each([
    ['', '1:1 The file is empty'],
    ['# only a comment\n', '1:1 The file is empty'],
    ['- a\n', '1:1 The document expects a mapping of keys to values'],
    ['just text', '1:1 The document expects a mapping of keys to values'],
    [`${minimal}owner: you\n`, 'The same key is given twice'],
    [`${minimal}---\n${minimal}`, 'several YAML documents'],
    [`${minimal}execution:\n\twarehouse: x\n`, 'Tabs are not allowed'],
    [`${minimal}tags: [a`, '5:'],
    [`${minimal}\0`, '5:1 The file has a NUL byte'],
    [`${minimal}tags: !!js/function "x"\n`, '5:'],
    [`${minimal}tags: [${'x'.repeat(1_048_577)}]`, 'where 1048576 are allowed'],
    [`a: ${'['.repeat(20_000)}`, 'nests too deeply'],
    [`${minimal}__proto__: {a: 1}\n`, "Unknown key '__proto__'"],
    [`${minimal}constructor: 1\n`, "Unknown key 'constructor'"],
    [`${minimal}<<: {a: 1}\n`, "Unknown key '<<'"],
    [`${minimal}tags: *none\n`, 'aliases (*name)'],
  ])('is refused: %#', (text, reason) => {
    expect(places(text).join('\n').replace('undefined:undefined ', '')).toContain(reason);
  });

  it('a text of very many keys is read in linear time', () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(refusal(keys).problems.length).toBeLessThan(100);
  }, 10_000);

  it('an alias bomb is refused before it unfolds', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let level = 0; level < 9; level++) {
      const name = String.fromCharCode(97 + level);
      bomb.push(`${String.fromCharCode(98 + level)}: &${String.fromCharCode(98 + level)} [${`*${name},`.repeat(9)}]`);
    }
    expect(places(bomb.join('\n')).join()).toContain('aliases');
  });

  it.each([
    [`${head}`, 'exactly one of query_statement and query_file'],
    [`${minimal}query_file: q.sql\n`, 'Both query_statement and query_file are given'],
    [`${head}query_file: none.sql\n`, "4:13 SQL file 'none.sql' was not found"],
    [`${head}query_file: empty.sql\n`, "SQL file 'empty.sql' is empty"],
    [`${head}query_statement: "  "\n`, 'is empty'],
    [`${head}query_file: ../q.sql\n`, 'not inside the spec'],
    [`${head}query_file: /etc/passwd\n`, 'not inside the spec'],
    [`${head}query_file: sub/../../q.sql\n`, 'not inside the spec'],
    [`${head}query_file: 'sub\\q.sql'\n`, 'not inside the spec'],
    [`${head}query_file: 'C:/q.sql'\n`, 'not inside the spec'],
    [`${minimal}pre_statements: [{name: x}]\n`, 'exactly one of sql and file'],
    [`${minimal}pre_statements: [{name: x, sql: S, file: q.sql}]\n`, 'Both sql and file'],
    [`${minimal}pre_statements: [{name: x, sql: S, continue_on_error: true}]\n`, "Unknown key 'continue_on_error'"],
    [`${minimal}pre_statements: [{name: x, sql: S}]\npost_statements: [{name: x, sql: S}]\n`, "'x' is defined twice"],
    [`${minimal}pre_statements: [{name: query, sql: S}]\n`, 'the name that logs use'],
    [`${minimal}parameters: [{name: p, type: string}, {name: p, type: string}]\n`, "Parameter 'p' is defined twice"],
    [`${minimal}parameters: [{name: ds, type: string}]\n`, 'built-in variable'],
    [`${minimal}parameters: [{name: execution_date, type: string}]\n`, 'must have the type date'],
    [`${minimal}parameters: [{name: a-b, type: string}]\n`, 'a letter or _'],
    [`${minimal}parameters: [{name: __proto__, type: string}]\n`, 'two underscores'],
    [`${minimal}parameters: [{name: p, type: integer, default: x}]\n`, '5:48 The default of'],
    [`${minimal}schedule: {}\n`, 'Missing schedule.cron'],
    [
      `${minimal}schedule: {cron: "* * * * *", notifications: {on_failure: [{type: sms, channel: x}]}}\n`,
      'one of slack, email, webhook',
    ],
    [`${minimal}type: Metric\n`, 'type expects Dataset'],
  ])('%j is refused', (text, reason) => {
    expect(places(text).join('\n')).toContain(reason);
  });

  it.each([
    'a.b.c.d',
    '../../etc/x',
    'a..b',
    '.a',
    'a.',
    '1a',
    'a b',
    "a'b",
    'a;b',
    '_dli.x',
    'a._DLI_x',
    'runs',
    'history',
    'register',
    'deploy',
    'sync',
    'Runs',
    'é',
    `a${'b'.repeat(200)}`,
  ])('a dataset cannot be called %j', (name) => {
    expect(refusal(minimal.replace('a.b', JSON.stringify(name))).problems[0]?.line).toBe(1);
  });

  it('an unknown key is found at its own line and column, wherever it stands', () => {
    const words = fc.stringMatching(/^zz[a-z]{1,8}$/);
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 20 }), (key, blank) => {
        const text = `${minimal}${'\n'.repeat(blank)}schedule:\n  cron: "0 9 * * *"\n  ${key}: 1\n`;
        const [problem] = refusal(text).problems;
        expect(problem).toMatchObject({ line: 7 + blank, column: 3 });
      }),
    );
  });

  it('no text makes it fail in another way', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.stringMatching(/^[a-z:\-{}[\]&* \n"'|>#!,\t]*$/)),
        (text) => {
          expect(() => parse(minimal.replace('me', text))).toSatisfy((run: () => unknown) => {
            try {
              run();
              return true;
            } catch (error) {
              return error instanceof DliError && error.problems.length > 0;
            }
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});
