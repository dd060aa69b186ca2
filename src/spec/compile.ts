import { DliError, type Problem } from '../contract/errors.ts';
import type { DatasetSpec, SqlText } from './dataset-spec.ts';
import type { SqlProblem } from './sql.ts';
import { createRenderer, type Renderer } from './template.ts';
import { placeIn } from './template-errors.ts';
import { type TemplateRun, templateVariables } from './template-variables.ts';
import { createTranspiler, type Transpiler } from './transpiler.ts';

/** One rendered statement in the warehouse's dialect; `label` is its name, or `query`. It may hold several, separated by semicolons. */
export interface CompiledStatement {
  readonly label: string;
  readonly sql: string;
}

/** A statement that runs after the commit. */
export interface CompiledPostStatement extends CompiledStatement {
  readonly continueOnError: boolean;
}

/** Everything that a run executes. */
export interface CompiledRun {
  readonly statements: readonly CompiledStatement[];
  readonly postStatements: readonly CompiledPostStatement[];
}

/** A run to compile. */
export interface CompileInput {
  readonly spec: DatasetSpec;
  readonly warehouseDialect: string;
  readonly run: TemplateRun;
  /** What `var` reads. @default none */
  readonly vars?: Readonly<Record<string, string | number | boolean>>;
  /** What `env_var` may read; null for a name that is allowed and not set. @default none */
  readonly envVars?: Readonly<Record<string, string | null>>;
}

/** What a process that compiles many runs keeps between them. */
export interface CompileTools {
  readonly transpiler?: Transpiler;
  /** Called when the template engine broke: nothing more can be rendered in this process. */
  readonly onCrash?: (() => void) | undefined;
}

/**
 * Renders and translates everything that a run executes.
 *
 * @throws DLI-815 with every problem and its place.
 */
export async function compileRun(
  { spec, warehouseDialect, run, vars = {}, envVars = {} }: CompileInput,
  { transpiler = createTranspiler(), onCrash }: CompileTools = {},
): Promise<CompiledRun> {
  const dialect = spec.execution.dialect ?? warehouseDialect;
  const renderer = await createRenderer({
    variables: templateVariables(spec.name, run),
    outside: { vars, envVars, sample: false },
    declared: spec.parameters.map(({ name }) => name),
    dialect,
    onCrash,
  });
  try {
    return await compileAll({ spec, renderer, transpiler, from: dialect, to: warehouseDialect });
  } finally {
    renderer.close();
  }
}

interface CompileAll {
  readonly spec: DatasetSpec;
  readonly renderer: Renderer;
  readonly transpiler: Transpiler;
  readonly from: string;
  readonly to: string;
}

async function compileAll({ spec, renderer, transpiler, from, to }: CompileAll): Promise<CompiledRun> {
  const problems: Problem[] = [];
  const compileOne = async (text: SqlText): Promise<string> => {
    const rendered = renderer.render(text);
    if (!rendered.ok) {
      problems.push(rendered.problem);
      return '';
    }
    const translated = await transpiler.transpile(rendered.text, { from, to });
    if (translated.ok) return translated.value;
    problems.push(sqlProblem(translated.problem, { text, rendered: rendered.text }));
    return '';
  };
  const statements: CompiledStatement[] = [];
  for (const pre of spec.preStatements) statements.push({ label: pre.name, sql: await compileOne(pre) });
  statements.push({ label: 'query', sql: await compileOne(spec.query) });
  const postStatements: CompiledPostStatement[] = [];
  for (const post of spec.postStatements) {
    postStatements.push({ label: post.name, sql: await compileOne(post), continueOnError: post.continueOnError });
  }
  if (problems.length > 0) throw sqlError(spec.name, problems);
  return { statements, postStatements };
}

/** Places a problem of rendered SQL in the user's own file, where rendering kept the lines; else in the rendered text. */
export function sqlProblem(
  { message, line, column }: SqlProblem,
  { text, rendered }: { readonly text: SqlText; readonly rendered: string },
): Problem {
  if (line === undefined) return { message, file: text.origin.file, line: text.origin.line };
  const sameLines = rendered.split('\n').length === text.sql.split('\n').length;
  if (!sameLines) {
    const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
    return { message: `${message} (${place} of the rendered SQL)`, file: text.origin.file, line: text.origin.line };
  }
  // A line that rendering changed keeps its number, but not its columns.
  const sameLine = rendered.split('\n')[line - 1] === text.sql.split('\n')[line - 1];
  return { message, ...placeIn(text.origin, { line, column: sameLine ? column : undefined }) };
}

/** Makes the error for problems in a dataset's SQL. */
export function sqlError(dataset: string, problems: readonly Problem[]): DliError {
  const [first] = problems;
  if (first && problems.length === 1) {
    return new DliError('DLI-815', `SQL of ${dataset}: ${first.message}`, {
      problems,
    });
  }
  return new DliError('DLI-815', `SQL of ${dataset}: ${problems.length} problems`, {
    problems,
  });
}
