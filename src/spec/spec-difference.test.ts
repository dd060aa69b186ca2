import { describe, expect, it } from 'vitest';
import { parseSpec } from './parse.ts';
import { specDifferences } from './spec-difference.ts';

const base = {
  owner: 'owner: me',
  team: 'team: t',
  description: 'description: Clicks',
  query: 'query_statement: SELECT 1',
  pre: 'pre_statements: [{name: one, sql: SELECT 1}, {name: two, sql: SELECT 2}]',
  post: 'post_statements: [{name: optimize, sql: CHECKPOINT}]',
  parameters: 'parameters: [{name: execution_date, type: date, required: true}, {name: n, type: integer, default: 7}]',
  execution: 'execution: {timeout_seconds: 3600}',
  schedule: 'schedule: {cron: "0 9 * * *", timezone: Asia/Seoul}',
  lineage: 'depends_on: [a.b.d]',
};

function specOf(changes: Partial<typeof base> = {}) {
  const text = `name: a.b.c\n${Object.values({ ...base, ...changes }).join('\n')}\n`;
  return parseSpec({ text, file: 's.yaml' });
}

function textsOf(changes: Partial<typeof base>, before: Partial<typeof base> = {}) {
  return specDifferences(specOf(before), specOf(changes)).map(({ kind, text }) => [kind, text]);
}

describe('the differences of two specs', () => {
  it('are none when they mean the same', () => {
    expect(textsOf({ query: 'query_statement: |\n  SELECT 1', execution: '' })).toEqual([]);
  });

  it.each<[string, Partial<typeof base>, readonly (readonly [string, string])[]]>([
    [
      'a cron',
      { schedule: 'schedule: {cron: "0 7 * * *", timezone: Asia/Seoul}' },
      [['schedule', 'schedule.cron: "0 9 * * *" → "0 7 * * *"']],
    ],
    [
      'a timezone and retries',
      { schedule: 'schedule: {cron: "0 9 * * *", retry: {max_attempts: 3}}' },
      [
        ['schedule', 'schedule.timezone: Asia/Seoul → UTC'],
        ['schedule', 'schedule.retry.max_attempts: 1 → 3'],
      ],
    ],
    ['a schedule that goes', { schedule: '' }, [['schedule', 'schedule: "0 9 * * * (Asia/Seoul)" is gone']]],
    [
      'a parameter',
      {
        parameters:
          'parameters: [{name: execution_date, type: date, required: true}, {name: n, type: float, default: 8}, {name: m, type: string, required: false}]',
      },
      [
        ['parameter', 'parameters.n: integer → float'],
        ['parameter', 'parameters.n.default: 7 → 8'],
        ['parameter', 'parameters.m: string is new'],
      ],
    ],
    [
      'a parameter that goes',
      { parameters: 'parameters: [{name: execution_date, type: date, required: true}]' },
      [
        ['parameter', 'parameters.n: integer is gone'],
        ['parameter', 'parameters.n.default: 7 is gone'],
      ],
    ],
    [
      'a time limit',
      { execution: 'execution: {timeout_seconds: 60}' },
      [['execution', 'execution.timeout_seconds: 3600 → 60']],
    ],
    [
      'a channel',
      {
        schedule:
          'schedule: {cron: "0 9 * * *", timezone: Asia/Seoul, notifications: {on_failure: [{type: slack, channel: "#data"}]}}',
      },
      [['notification', 'schedule.notifications.on_failure: ["slack #data"] is new']],
    ],
    ['lineage', { lineage: '' }, [['lineage', 'depends_on: ["a.b.d"] is gone']]],
    [
      'a description',
      { description: 'description: Daily', owner: 'owner: you' },
      [
        ['description', 'owner: me → you'],
        ['description', 'description: Clicks → Daily'],
      ],
    ],
    [
      'SQL',
      { query: 'query_statement: SELECT 2' },
      [['sql', 'SQL of query is changed (could not be compared): 1 line added, 1 removed']],
    ],
    [
      'statements that come and go',
      { pre: 'pre_statements: [{name: one, sql: SELECT 1}, {name: three, sql: SELECT 3}]' },
      [
        ['sql', 'SQL of pre_statements.three is new'],
        ['sql', 'SQL of pre_statements.two is gone'],
      ],
    ],
    [
      'their order',
      { pre: 'pre_statements: [{name: two, sql: SELECT 2}, {name: one, sql: SELECT 1}]' },
      [['sql', 'pre_statements: ["one","two"] → ["two","one"]']],
    ],
    [
      'what may fail',
      { post: 'post_statements: [{name: optimize, sql: CHECKPOINT, continue_on_error: true}]' },
      [['execution', 'post_statements.optimize.continue_on_error: false → true']],
    ],
  ])('name %s', (_, changes, texts) => {
    expect(textsOf(changes)).toEqual(texts);
  });

  it('tell cosmetic SQL and descriptions from what is computed', () => {
    const after = specOf({ query: 'query_statement: select 1', description: '', owner: 'owner: you' });
    const found = specDifferences(specOf(), after, { query: 'cosmetic' });
    expect(found.map(({ path, cosmetic }) => [path, cosmetic])).toEqual([
      ['owner', true],
      ['description', true],
      ['query', true],
    ]);
    expect(found.at(-1)).toMatchObject({ text: 'SQL of query is written differently and means the same', lines: [] });
  });

  it('show the changed lines of SQL, at most 40', () => {
    const sql = (word: string) => Array.from({ length: 100 }, (_, line) => `  -- ${word} ${line}`).join('\n');
    const [short] = specDifferences(specOf(), specOf({ query: 'query_statement: SELECT 2' }), { query: 'real' });
    expect(short).toMatchObject({
      text: 'SQL of query is changed: 1 line added, 1 removed',
      lines: ['@@ -1,1 +1,1 @@', '-SELECT 1', '+SELECT 2'],
    });
    const [long] = specDifferences(
      specOf({ query: `query_statement: |\n${sql('a')}` }),
      specOf({ query: `query_statement: |\n${sql('b')}` }),
    );
    expect(long?.lines).toHaveLength(40);
    expect(long?.lines.at(-1)).toBe('… 162 more lines');
  });
});
