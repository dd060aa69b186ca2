import { DliError, type Problem } from '../contract/errors.ts';
import { counted } from './counted.ts';

/** A spec's file that cannot be deployed, and why. */
export interface WrongSpec {
  readonly file: string;
  /** The SQL files of the spec, by the path that it names them with. @default none */
  readonly sqlFiles?: Readonly<Record<string, string>>;
  readonly error: DliError;
}

const problemsTold = 100;
const hintsTold = 5;

/**
 * Makes one error of everything that is wrong with the specs of a deploy, in their order: at most 100 problems, the rest counted.
 * Its code is the one that all of them have, else DLI-813.
 */
export function wrongSpecsError(wrong: readonly WrongSpec[], total: number): DliError {
  const problems = wrong.flatMap(problemsOf);
  const files = new Set(wrong.map(({ file }) => file)).size;
  const codes = new Set(wrong.map(({ error }) => error.code));
  const [code = 'DLI-813'] = codes.size === 1 ? codes : [];
  const left = problems.length - problemsTold;
  const which = `${files} of ${counted(total, 'spec')} ${files === 1 ? 'is' : 'are'} wrong`;
  return new DliError(code, `${which}, so nothing was deployed: ${counted(problems.length, 'problem')}`, {
    problems: problems.slice(0, problemsTold),
    hints: [
      ...(left > 0 ? [`${counted(left, 'more problem')} not shown`] : []),
      ...[...new Set(wrong.flatMap(({ error }) => error.hints))].slice(0, hintsTold),
      'To check them without a server: dli workflow validate',
    ],
  });
}

/** Problems with the places of the user's own files: the SQL files of a spec are named relative to it. */
function problemsOf({ file, sqlFiles = {}, error }: WrongSpec): readonly Problem[] {
  if (error.problems.length === 0) return [{ file, message: error.message }];
  const folder = file.slice(0, Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  return error.problems.map((problem) => {
    const isSql = problem.file !== undefined && Object.hasOwn(sqlFiles, problem.file);
    return { ...problem, file: isSql ? `${folder}${problem.file}` : (problem.file ?? file) };
  });
}
