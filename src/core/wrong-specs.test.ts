import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { wrongSpecsError } from './wrong-specs.ts';

const problem = (message: string, file: string, line?: number) => ({ message, file, line });

describe('the error of a deploy whose specs are wrong', () => {
  it('has every problem, with SQL files where the user has them', () => {
    const { code, message, problems } = wrongSpecsError(
      [
        {
          file: 'specs/a.yaml',
          error: new DliError('DLI-813', 'Invalid', { problems: [problem('one', 'specs/a.yaml', 1)] }),
        },
        {
          file: 'specs/b.yaml',
          sqlFiles: { 'sql/b.sql': '' },
          error: new DliError('DLI-815', 'SQL', {
            problems: [problem('two', 'sql/b.sql', 3), problem('three', 'x.sql')],
          }),
        },
        { file: 'c.yaml', error: new DliError('DLI-801', 'no such warehouse') },
      ],
      20,
    );
    expect([code, message]).toEqual(['DLI-813', '3 of 20 specs are wrong, so nothing was deployed: 4 problems']);
    expect(problems.map(({ file, line, message: text }) => [file, line, text])).toEqual([
      ['specs/a.yaml', 1, 'one'],
      ['specs/sql/b.sql', 3, 'two'],
      ['x.sql', undefined, 'three'],
      ['c.yaml', undefined, 'no such warehouse'],
    ]);
  });

  it('has the code that all have, and their hints once', () => {
    const error = (hint: string) => new DliError('DLI-815', 'SQL', { hints: [hint] });
    const wrong = ['x', 'x', 'y'].map((hint, index) => ({ file: `${index}.yaml`, error: error(hint) }));
    const { code, hints } = wrongSpecsError(wrong, 3);
    expect(code).toBe('DLI-815');
    expect(hints).toEqual(['x', 'y', 'To check them without a server: dli workflow validate']);
  });

  it('has at most 100 problems and counts the rest', () => {
    const problems = Array.from({ length: 130 }, (_, line) => problem('wrong', 'a.yaml', line + 1));
    const found = wrongSpecsError([{ file: 'a.yaml', error: new DliError('DLI-813', 'Invalid', { problems }) }], 1);
    expect(found.message).toBe('1 of 1 spec is wrong, so nothing was deployed: 130 problems');
    expect([found.problems.length, found.hints[0]]).toEqual([100, '30 more problems not shown']);
  });
});
