import type { z } from 'zod';
import { DliError, formatPlace, type Problem } from '../contract/errors.ts';
import { cronHint } from '../core/schedule.ts';
import type { DatasetSpec } from './dataset-spec.ts';
import { type FoundProblem, meaningProblems } from './meaning-problems.ts';
import { readSqlTexts, type SqlTexts } from './read-sql.ts';
import { schemaProblems } from './schema-problems.ts';
import { type SpecYaml, specSchema } from './spec-schema.ts';
import { toDatasetSpec } from './to-dataset-spec.ts';
import { wellFormedPart } from './well-formed-part.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/** Reads a file that a spec names, by its path relative to the spec; undefined when there is none. */
export type ReadFile = (relativePath: string) => string | undefined;

/** A spec to parse: its YAML, the name to show in problems, and how to read the SQL files that it names. */
export interface SpecText {
  readonly text: string;
  readonly file: string;
  /** @default no file is found */
  readonly readFile?: ReadFile;
}

/**
 * Parses a spec strictly and fills in the defaults.
 *
 * @throws DLI-813 with every problem of the file and its place; DLI-805 when the only problems are in its cron.
 */
export function parseSpec({ text, file, readFile = () => undefined }: SpecText): DatasetSpec {
  const read = readYaml(text, file);
  if (!read.ok) throw invalidSpec(file, read.problems);
  const parsed = specSchema.safeParse(read.source.value, { reportInput: false });
  if (!parsed.success) {
    const shape = schemaProblems(parsed.error.issues, read.source);
    throw invalidSpec(file, [...shape, ...furtherProblems(read.source, { issues: parsed.error.issues, readFile })]);
  }
  return build(parsed.data, { file, source: read.source, readFile });
}

function build(
  yaml: SpecYaml,
  {
    file,
    source,
    readFile,
  }: {
    readonly file: string;
    readonly source: YamlSource;
    readonly readFile: ReadFile;
  },
): DatasetSpec {
  const texts: SqlTexts = readSqlTexts({ yaml, source, readFile });
  const found: readonly FoundProblem[] = [
    ...meaningProblems({ yaml, source }),
    ...texts.problems.map((problem) => ({ kind: 'spec', problem }) as const),
  ];
  if (found.length > 0) {
    const problems = found.map(({ problem }) => problem);
    if (found.every(({ kind }) => kind === 'cron')) throw invalidCron(file, problems);
    throw invalidSpec(file, problems);
  }
  return toDatasetSpec(yaml, texts);
}

/** Checks the meaning as far as the shape allows, so that one look at the errors shows everything. */
function furtherProblems(
  source: YamlSource,
  { issues, readFile }: { readonly issues: readonly z.core.$ZodIssue[]; readonly readFile: ReadFile },
): readonly Problem[] {
  const yaml = wellFormedPart(source.value, issues);
  if (yaml === undefined) return [];
  const meaning = meaningProblems({ yaml, source }).map(({ problem }) => problem);
  const sqlIsBroken = issues.some(({ path }) => /^query|statements$/.test(String(path[0])));
  return sqlIsBroken ? meaning : [...meaning, ...readSqlTexts({ yaml, source, readFile }).problems];
}

function invalidSpec(file: string, problems: readonly Problem[]): DliError {
  return toError('DLI-813', `Invalid spec ${file}`, problems);
}

function invalidCron(file: string, problems: readonly Problem[]): DliError {
  const { message, ...place } = problems[0] ?? { message: 'Invalid cron', file };
  return new DliError('DLI-805', `${message} (${formatPlace(place)})`, { problems, hints: [cronHint] });
}

function toError(code: 'DLI-813', title: string, problems: readonly Problem[]): DliError {
  const ordered = problems.toSorted(
    (left, right) => (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  );
  const count = ordered.length === 1 ? '1 problem' : `${ordered.length} problems`;
  return new DliError(code, `${title}: ${count}`, {
    problems: ordered,
  });
}
