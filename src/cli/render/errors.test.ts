import { expect, it } from 'vitest';
import { DliError } from '../../contract/errors.ts';
import { renderError } from './errors.ts';
import { createPaint } from './paint.ts';

const plain = createPaint({ isTty: false, env: {} });

it('writes code and message, then places and hints, indented', () => {
  const error = new DliError('DLI-810', "Unknown parameter 'x'", {
    problems: [{ message: 'no such name', file: 'a.yaml', line: 3, column: 5 }],
    hints: ['Allowed: execution_date'],
  });
  expect(renderError(error, plain)).toBe(
    "Error [DLI-810]: Unknown parameter 'x'\n  a.yaml:3:5: no such name\n  Allowed: execution_date\n",
  );
});

it('says once what only the message can say, and keeps every hint', () => {
  const problem = { message: 'SQL is wrong', file: 'a.sql', line: 1, column: 2 };
  const error = new DliError('DLI-815', 'SQL is wrong', {
    problems: [problem, { message: 'SQL is wrong' }],
    hints: ['Look again', 'dli workflow validate a.sql'],
  });
  expect(renderError(error, plain)).toBe(
    'Error [DLI-815]: SQL is wrong\n  a.sql:1:2\n  Look again\n  dli workflow validate a.sql\n',
  );
});

it.each([
  ["Cron 'x' is short (a.yaml:7:19)", { message: "Cron 'x' is short", file: 'a.yaml', line: 7, column: 19 }, ''],
  ['SQL of a.b: Unexpected token', { message: 'Unexpected token', file: 'a.yaml', line: 5 }, '  a.yaml:5\n'],
  ['Malformed request: limit: Too big', { message: 'limit: Too big' }, ''],
])('says a sentence once: %s', (message, problem, below) => {
  const error = new DliError('DLI-400', message, { problems: [problem] });
  expect(renderError(error, plain)).toBe(`Error [DLI-400]: ${message}\n${below}`);
});

it('indents further lines and shows control characters', () => {
  const error = new DliError('DLI-815', 'line one\nline two \u001b[31m');
  expect(renderError(error, plain)).toBe('Error [DLI-815]: line one\n  line two \\x1b[31m\n');
});

it('colours on a terminal only, and not with NO_COLOR', () => {
  const error = new DliError('DLI-500', 'x');
  expect(renderError(error, createPaint({ isTty: true, env: {} }))).toContain('\u001b[31m');
  expect(renderError(error, createPaint({ isTty: true, env: { NO_COLOR: '1' } }))).not.toContain('\u001b');
});

it('breaks long lines between words on a terminal, and no command', () => {
  const error = new DliError('DLI-810', "Unknown parameter 'execution_dat': did you mean 'execution_date'?", {
    hints: ['dli workflow show iceberg.analytics.daily_clicks_of_all_users'],
  });
  expect(renderError(error, plain, 60)).toBe(
    "Error [DLI-810]: Unknown parameter 'execution_dat': did\n  you mean 'execution_date'?\n  dli workflow show iceberg.analytics.daily_clicks_of_all_users\n",
  );
});
