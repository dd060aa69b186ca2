import { expect, it } from 'vitest';
import { runErrorText } from './run.ts';

const error = { code: 'DLI-802', message: 'conversion: too big', statement: 'query', line: 6, column: 10 };

it('says where an error is in words, and in which text', () => {
  expect(runErrorText(error)).toBe('[DLI-802] conversion: too big (in query, line 6, column 10 of the SQL as it ran)');
  expect(runErrorText({ ...error, column: null })).toContain('(in query, line 6 of the SQL as it ran)');
});

it('does not call the text of a spec the SQL as it ran', () => {
  expect(runErrorText({ ...error, statement: null })).toBe('[DLI-802] conversion: too big (line 6, column 10)');
});

it('leaves out what is not known', () => {
  expect(runErrorText({ ...error, line: null, column: null })).toBe('[DLI-802] conversion: too big (in query)');
  expect(runErrorText({ ...error, statement: null, line: null, column: null })).toBe('[DLI-802] conversion: too big');
});
