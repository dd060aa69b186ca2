import { DliError } from '../contract/errors.ts';
import { serveParent } from './serve.ts';

/* A child for the tests of `child-process.test.ts`. */

const noted: string[] = [];

serveParent({
  echo: (input: unknown) => input,
  note: (words: string) => void noted.push(words),
  noted: () => [...noted],
  count: (to: number, notify) => {
    for (let number = 1; number <= to; number += 1) notify(number);
    return 'done';
  },
  refuse: () => {
    throw new DliError('DLI-815', 'no', { hints: ['say yes'], problems: [{ message: 'here', line: 2 }] });
  },
  break: () => {
    throw new RangeError('a bug');
  },
  breakLater: async () => {
    await Promise.resolve();
    throw new RangeError('a bug');
  },
  never: () => new Promise<never>(() => undefined),
  folder: () => process.cwd(),
  environment: () => Object.keys(process.env).sort(),
  die: (words: string) => {
    process.stderr.write(`${words}\n`, () => process.kill(process.pid, 'SIGKILL'));
    return new Promise<never>(() => undefined);
  },
});
