import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { findCommand } from './find-command.ts';
import { registry } from './registry.ts';

function refusal(argv: readonly string[]): DliError {
  try {
    findCommand(argv);
  } catch (error) {
    if (error instanceof DliError) return error;
  }
  throw new TypeError('not refused');
}

describe('findCommand', () => {
  it.each(registry.map(({ path }) => [path.join(' '), path] as const))('finds %s', (_, path) => {
    expect(findCommand([...path, 'x', '--wait'])).toMatchObject({
      kind: 'command',
      entry: { path },
      rest: ['x', '--wait'],
    });
  });

  it('takes common options in front of the command', () => {
    expect(findCommand(['--server', 'http://x', '-f', 'json', 'workflow', 'list', '-w'])).toMatchObject({
      entry: { path: ['workflow', 'list'] },
      rest: ['--server', 'http://x', '-f', 'json', '-w'],
    });
  });

  it('answers --version and -V', () => {
    expect(findCommand(['--version'])).toMatchObject({ entry: { path: ['version'] } });
    expect(findCommand(['-V'])).toMatchObject({ entry: { path: ['version'] } });
  });

  it('sees a question for help anywhere but after --', () => {
    expect(findCommand(['workflow', 'run', 'x', '-h'])).toMatchObject({ kind: 'command', help: true });
    expect(findCommand(['workflow', 'run', '--', '--help'])).toMatchObject({ help: false });
    expect(findCommand(['workflow', '--help'])).toEqual({ kind: 'help', group: 'workflow', asked: true });
    expect(findCommand([])).toEqual({ kind: 'help', group: undefined, asked: false });
  });

  it('suggests the command that was probably meant', () => {
    expect(refusal(['workflow', 'regster'])).toMatchObject({
      code: 'DLI-400',
      message: "Unknown command 'dli workflow regster'",
    });
    expect(refusal(['workflow', 'regster']).hints[0]).toBe("Did you mean 'register'?");
    expect(refusal(['workflwo', 'run']).hints[0]).toBe("Did you mean 'workflow'?");
    expect(refusal(['run', 'x']).hints[0]).toBe("Did you mean 'dli workflow run'?");
  });

  it('refuses an unknown option in front of the command', () => {
    expect(refusal(['--verison'])).toMatchObject({ code: 'DLI-400', hints: ["Did you mean '--version'?"] });
  });
});
