import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { defineCommand } from './command.ts';
import { parseArguments } from './parse-arguments.ts';

const command = defineCommand({
  args: { dataset: { summary: '' }, extra: { summary: '', optional: true } },
  options: {
    param: { kind: 'texts', short: 'p', takes: 'NAME=VALUE', summary: '' },
    'dry-run': { kind: 'flag', summary: '' },
    limit: { kind: 'integer', short: 'n', takes: 'N', min: 1, summary: '' },
    status: { kind: 'choice', short: 's', choices: { success: 'COMPLETED', completed: 'COMPLETED' }, summary: '' },
    rows: { kind: 'integer', takes: 'N', min: 1, max: 1000, summary: '' },
    since: { kind: 'date', summary: '' },
    start: { kind: 'text', takes: 'DATE', required: true, summary: '' },
  },
  examples: [],
  run: async () => 0,
});

const parse = (...argv: string[]) => parseArguments(command, { path: 'dli test', argv });

function refusal(...argv: string[]): DliError {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof DliError) return error;
  }
  throw new TypeError('not refused');
}

describe('parseArguments', () => {
  it('gives every option the type of its kind', () => {
    const { given, common } = parse(
      'd',
      '-p',
      'a=1',
      '-p',
      'b=2',
      '--dry-run',
      '-n',
      '5',
      '-s',
      'Completed',
      '--start',
      'x',
      '-f',
      'JSON',
    );
    expect(given.args).toEqual({ dataset: 'd', extra: undefined });
    expect(given.options).toMatchObject({
      param: ['a=1', 'b=2'],
      'dry-run': true,
      limit: 5,
      status: 'COMPLETED',
      start: 'x',
    });
    expect(common).toMatchObject({ format: 'json', server: undefined });
  });

  it('leaves out what was not given', () => {
    expect(parse('d', '--start', 'x').given.options).toMatchObject({
      param: [],
      'dry-run': false,
      limit: undefined,
      status: undefined,
    });
  });

  it.each([
    [['--start', 'x'], "Missing required argument 'dataset'", 'More: dli test --help'],
    [['a', 'b', 'c', '--start', 'x'], /^Too many arguments/, 'More: dli test --help'],
    [['', '--start', 'x'], "Argument 'dataset' is ''", 'Allowed: text that is not blank'],
    [['a', ' ', '--start', 'x'], "Argument 'extra' is ' '", 'Allowed: text that is not blank; or leave it out'],
    [['a', '--start', ''], "--start is ''", 'Allowed: text that is not blank'],
    [['a', '--start='], "--start is ''", 'Allowed: text that is not blank'],
    [
      ['a', '--start', 'x', '-p', 'a=1', '-p', ' '],
      "--param is ' '",
      'Allowed: text that is not blank; or leave it out',
    ],
    [['a', '--start', 'x', '--server', '\t'], "--server is '\t'", 'Allowed: text that is not blank; or leave it out'],
    [['a', '--strat', 'x'], "Unknown option '--strat'", "Did you mean '--start'?"],
    [['a'], 'Missing option --start <DATE>', 'More: dli test --help'],
    [['a', '--start'], /argument missing/, 'More: dli test --help'],
    [['a', '--start', 'x', '-n', '0'], "--limit is '0'", 'Allowed: a whole number from 1 up'],
    [['a', '--start', 'x', '--rows', '1001'], "--rows is '1001'", 'Allowed: a whole number from 1 to 1000'],
    [['a', '--start', 'x', '--since', 'tomorrow'], "--since is 'tomorrow'", 'Allowed: a calendar date like 2024-01-15'],
    [
      ['a', '--start', 'x', '--since', '2024-02-30'],
      "--since is '2024-02-30'",
      'Allowed: a calendar date like 2024-01-15',
    ],
    [['a', '--start', 'x', '-n', '-3'], "--limit is '-3'", 'Allowed: a whole number from 1 up'],
    [['a', '--start', 'x', '-n', '1e3'], "--limit is '1e3'", 'Allowed: a whole number from 1 up'],
    [['a', '--start', 'x', '-s', 'succes'], "--status is 'succes'", "Did you mean 'success'?"],
    [['a', '--start', 'x', '-f', 'xml'], "--format is 'xml'", 'Allowed: table, json'],
  ])('refuses %j', (argv, message, hint) => {
    const error = refusal(...argv);
    expect(error.code).toBe('DLI-400');
    expect(error.message).toMatch(message);
    expect(error.hints).toContain(hint);
  });
});
