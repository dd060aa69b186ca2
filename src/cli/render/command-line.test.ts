import { expect, it } from 'vitest';
import { commandLine } from './command-line.ts';

it('quotes only what a shell would read differently', () => {
  expect(commandLine(['dli', 'run', '-p', 'day=2024-01-15', "it's", 'a b', '$HOME', ''])).toBe(
    `dli run -p day=2024-01-15 'it'\\''s' 'a b' '$HOME' ''`,
  );
});
