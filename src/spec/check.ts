import type { Problem } from '../contract/errors.ts';
import { type CompiledStatement, type CompileTools, sqlError, sqlProblem } from './compile.ts';
import type { DatasetSpec, SqlText } from './dataset-spec.ts';
import { loadSqlEngine, type SqlEngine } from './sql.ts';
import { type SqlNode, tableUses } from './sql-tree.ts';
import { createRenderer, type TemplateScope } from './template.ts';
import { sampleRun, templateVariables } from './template-variables.ts';
import { translationDoubts } from './translation-checks.ts';
import { unfilteredWarnings } from './unfiltered.ts';

/** A spec to check. */
export interface CheckInput {
  readonly spec: DatasetSpec;
  readonly warehouseDialect: string;
  /** What `var` reads. @default a sample text for every name */
  readonly vars?: Readonly<Record<string, string | number | boolean>>;
  /** What `env_var` may read; null for a name that is allowed and not set. @default a sample text for every name */
  readonly envVars?: Readonly<Record<string, string | null>>;
}

/** What a check found besides errors. `reads` holds what the SQL reads and `depends_on`, without what the dataset writes itself. */
export interface SpecCheck {
  readonly warnings: readonly Problem[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** The SQL with sample values in the warehouse's dialect, for the warehouse's own parser. */
  readonly samples: {
    readonly statements: readonly CompiledStatement[];
    readonly postStatements: readonly CompiledStatement[];
  };
}

/**
 * Renders a spec's SQL with sample values, parses and translates it, and takes from it what it reads and writes.
 *
 * @throws DLI-815 with every problem and its place.
 */
export async function checkSpec(
  input: CheckInput,
  { onCrash }: Pick<CompileTools, 'onCrash'> = {},
): Promise<SpecCheck> {
  const { spec, warehouseDialect } = input;
  const dialect = spec.execution.dialect ?? warehouseDialect;
  const renderer = await createRenderer(scopeOf(input, { sparse: false, onCrash }));
  const engine = await loadSqlEngine();
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const statements: SqlNode[] = [];
  const sampleOf = (text: SqlText): string => {
    const rendered = renderer.render(text);
    if (rendered.ok)
      return checkOne({
        engine,
        text,
        rendered: rendered.text,
        dialect,
        warehouseDialect,
        problems,
        warnings,
        statements,
      });
    problems.push(rendered.problem);
    return '';
  };
  const labelled = (text: SqlText & { readonly name: string }) => ({ label: text.name, sql: sampleOf(text) });
  try {
    const before = spec.preStatements.map(labelled);
    const query = { label: 'query', sql: sampleOf(spec.query) };
    const samples = { statements: [...before, query], postStatements: spec.postStatements.map(labelled) };
    if (problems.length === 0) problems.push(...(await problemsWithoutOptional(input, onCrash)));
    if (problems.length > 0) throw sqlError(spec.name, problems);
    return { ...describe(spec, { statements, warnings }), samples };
  } finally {
    renderer.close();
  }
}

function scopeOf(
  { spec, warehouseDialect, vars, envVars }: CheckInput,
  { sparse, onCrash }: { readonly sparse: boolean; readonly onCrash: CompileTools['onCrash'] },
): TemplateScope {
  return {
    variables: templateVariables(spec.name, sampleRun(spec.name, spec.parameters, { sparse })),
    outside: { vars: vars ?? {}, envVars: envVars ?? {}, sample: vars === undefined || envVars === undefined },
    declared: spec.parameters.map(({ name }) => name),
    dialect: spec.execution.dialect ?? warehouseDialect,
    onCrash,
  };
}

/** Renders once more without the parameters that may be left out: what fails then would fail in a run, not before. */
async function problemsWithoutOptional(
  input: CheckInput,
  onCrash: CompileTools['onCrash'],
): Promise<readonly Problem[]> {
  const { spec } = input;
  if (spec.parameters.every(({ required, default: fallback }) => required || fallback !== undefined)) return [];
  const renderer = await createRenderer(scopeOf(input, { sparse: true, onCrash }));
  try {
    return [...spec.preStatements, spec.query, ...spec.postStatements].flatMap((text) => {
      const rendered = renderer.render(text);
      return rendered.ok ? [] : [rendered.problem];
    });
  } finally {
    renderer.close();
  }
}

/** A text and where to put what is found in it; answers with the text in the warehouse's dialect. */
interface CheckOne {
  readonly engine: SqlEngine;
  readonly text: SqlText;
  readonly rendered: string;
  readonly dialect: string;
  readonly warehouseDialect: string;
  readonly problems: Problem[];
  readonly warnings: Problem[];
  readonly statements: SqlNode[];
}

function checkOne({
  engine,
  text,
  rendered,
  dialect,
  warehouseDialect,
  problems,
  warnings,
  statements,
}: CheckOne): string {
  const parsed = engine.parse(rendered, dialect);
  if (!parsed.ok) {
    problems.push(sqlProblem(parsed.problem, { text, rendered }));
    return '';
  }
  statements.push(...parsed.value);
  if (parsed.value.length === 0) problems.push({ ...text.origin, message: 'The SQL has no statement' });
  if (dialect === warehouseDialect) return rendered;
  const translated = engine.transpile(rendered, { from: dialect, to: warehouseDialect });
  if (!translated.ok) problems.push(sqlProblem(translated.problem, { text, rendered }));
  const doubts = translationDoubts(rendered, { from: dialect, to: warehouseDialect });
  warnings.push(...doubts.map((doubt) => sqlProblem(doubt, { text, rendered })));
  return translated.ok ? translated.value : '';
}

function describe(
  spec: DatasetSpec,
  { statements, warnings }: { readonly statements: readonly SqlNode[]; readonly warnings: readonly Problem[] },
): Omit<SpecCheck, 'samples'> {
  const uses = tableUses(statements);
  const writes = unique(uses.filter((use) => use.writes).map(({ name }) => name));
  const read = uses.filter((use) => !use.writes).map(({ name }) => name);
  const reads = unique([...read, ...spec.dependsOn]).filter((name) => !writes.includes(name));
  return { warnings: [...warningsOf(spec, writes), ...warnings], reads, writes };
}

function warningsOf(spec: DatasetSpec, writes: readonly string[]): readonly Problem[] {
  const place = { file: spec.query.origin.file, line: spec.query.origin.line };
  const warnings: Problem[] = [];
  if (spec.dependsOn.length > 0) {
    warnings.push({ message: 'depends_on is lineage only: it does not delay a run until those datasets are done' });
  }
  if (!writes.some((name) => name.toLowerCase() === spec.name.toLowerCase())) {
    const found = writes.length === 0 ? 'it writes no table' : `it writes ${writes.join(', ')}`;
    warnings.push({ ...place, message: `The SQL does not write the table ${spec.name}: ${found}` });
  }
  return [...warnings, ...unfilteredWarnings(spec)];
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
