import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inlineSpec } from './inline.ts';
import { parseSpec } from './parse.ts';
import { revisionOf } from './revision.ts';

const head = '# a comment\nname: a.b   # the name\nowner: me\nteam: us\n';
const withFiles = `${head}query_file: q.sql # the query
pre_statements:
  # first
  - {name: one, file: c.sql}
  - name: two
    sql: DELETE FROM a.b
schedule:
  cron: "0 9 * * *" # nine
`;
const files: Readonly<Record<string, string>> = {
  'q.sql': "INSERT INTO a.b\n  SELECT ';' -- x: y\n",
  'c.sql': 'CREATE TABLE a.b (x int)',
};
const readFile = (path: string) => files[path];
const inline = (schedule = {}) => inlineSpec({ text: withFiles, file: 's.yaml', readFile, schedule });

describe('inlining', () => {
  it('puts every SQL file into the YAML and keeps comments', () => {
    expect(inline()).toBe(`# a comment
name: a.b # the name
owner: me
team: us
query_statement: | # the query
  INSERT INTO a.b
    SELECT ';' -- x: y
pre_statements:
  # first
  - name: one
    sql: |
      CREATE TABLE a.b (x int)
  - name: two
    sql: DELETE FROM a.b
schedule:
  cron: "0 9 * * *" # nine
`);
  });

  it('keeps the revision, and is the same when done again', () => {
    const original = parseSpec({ text: withFiles, file: 's.yaml', readFile });
    expect(revisionOf(parseSpec({ text: inline(), file: 'x.yaml' }))).toBe(revisionOf(original));
    expect(inlineSpec({ text: inline(), file: 'x.yaml' })).toBe(inline());
  });

  it('keeps the revision for any SQL', () => {
    const sql = fc
      .oneof(fc.string(), fc.stringMatching(/^[ \t\r\n'"#:|\-{}a]*$/))
      .filter((text) => text.trim() !== '' && !text.includes('\0') && text.isWellFormed());
    fc.assert(
      fc.property(sql, (text) => {
        const read = () => text;
        const yaml = `${head}query_file: q.sql\n`;
        const inlined = inlineSpec({ text: yaml, file: 's.yaml', readFile: read });
        expect(revisionOf(parseSpec({ text: inlined, file: 's.yaml' }))).toBe(
          revisionOf(parseSpec({ text: yaml, file: 's.yaml', readFile: read })),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('sets what register overrides', () => {
    const spec = parseSpec({
      text: inline({ cron: '@daily', timezone: 'Asia/Seoul', enabled: false, retryAttempts: 3, retryDelaySeconds: 5 }),
      file: 's.yaml',
    });
    expect(spec.schedule).toMatchObject({
      cron: '@daily',
      timezone: 'Asia/Seoul',
      enabled: false,
      retry: { maxAttempts: 3, delaySeconds: 5 },
    });
  });

  it('adds a schedule where there is none, when a cron is given', () => {
    const text = `${head}query_statement: SELECT 1\n`;
    const spec = parseSpec({
      text: inlineSpec({ text, file: 's.yaml', schedule: { cron: '@daily' } }),
      file: 's.yaml',
    });
    expect(spec.schedule?.cron).toBe('@daily');
    expect(() => inlineSpec({ text, file: 's.yaml', schedule: { retryAttempts: 3 } })).toThrow(
      'The spec has no schedule to change',
    );
  });

  it.each([
    [{ cron: 'x' }, 'DLI-805'],
    [{ timezone: 'KST' }, 'DLI-813'],
    [{ retryAttempts: 0 }, 'DLI-813'],
  ])('refuses %j', (schedule, code) => {
    expect(() => inline(schedule)).toThrow(expect.objectContaining({ code }));
  });

  it('names no line of the file for what was given besides it', () => {
    expect(() => inline({ cron: '0 0 30 2 *' })).toThrow(
      expect.objectContaining({
        message: "Cron '0 0 30 2 *' never fires",
        problems: [{ message: "Cron '0 0 30 2 *' never fires", file: 'schedule, given besides the spec' }],
        hints: [expect.stringContaining('Allowed: five fields')],
      }),
    );
  });
});

describe('a revision', () => {
  const revision = (text: string) => revisionOf(parseSpec({ text, file: 's.yaml', readFile }));
  const base = `${head}query_statement: SELECT 1\n`;

  it('is a SHA-256 digest in hex', () => {
    expect(revision(base)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    `# other\nteam: us\nowner: me\n"name": 'a.b'\nquery_statement: |\n  SELECT 1\n`,
    `${base}type: Dataset\ntags: []\nexecution: {timeout_seconds: 3600}\n`,
  ])('does not depend on how the YAML is written: %#', (text) => {
    expect(revision(text)).toBe(revision(base));
  });

  it.each([
    base.replace('SELECT 1', 'SELECT 2'),
    `${base}tags: [x]\n`,
    `${base}schedule: {cron: "@daily"}\n`,
    `${base}parameters: [{name: p, type: integer}]\n`,
    base.replace('owner: me', 'owner: you'),
  ])('changes with what the spec says: %#', (text) => {
    expect(revision(text)).not.toBe(revision(base));
  });
});
