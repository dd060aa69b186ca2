/**
 * Tells changes of SQL that compute something else from cosmetic ones: space, comments, the case of keywords, parentheses and
 * words that change nothing. Both templates are rendered with sample values and parsed; what is not rendered with those (a
 * branch, an expression) is compared as it is written. Where variables may have changed places with literals that read like
 * their samples, other samples tell.
 */
import type { CompileTools } from './compile.ts';
import type { DatasetSpec, SqlText } from './dataset-spec.ts';
import { otherRun, otherScalar, otherText, otherValues } from './other-samples.ts';
import { loadSqlEngine, type SqlEngine } from './sql.ts';
import { meaningfulTokens } from './sql-tokens.ts';
import { createRenderer, type Renderer } from './template.ts';
import { sampleRun, templateVariables } from './template-variables.ts';

/** Two specs of a dataset whose SQL is compared: `before` and `spec`, the one after. */
export interface CompareInput {
  readonly before: DatasetSpec;
  readonly spec: DatasetSpec;
  readonly warehouseDialect: string;
  /** What `var` reads. @default a sample text for every name */
  readonly vars?: Readonly<Record<string, string | number | boolean>>;
  /** What `env_var` may read. @default a sample text for every name */
  readonly envVars?: Readonly<Record<string, string | null>>;
}

/** How the SQL of a statement that is written differently differs. `unknown`: it could not be compared. */
export type SqlVerdict = 'cosmetic' | 'real' | 'unknown';

/** A statement of a spec: its name, or `query`, and whether it runs in the transaction or after the commit. */
export interface NamedSql {
  readonly label: string;
  readonly text: SqlText;
}

/** Names the statements of a spec: `pre_statements.<name>`, `query`, `post_statements.<name>`. */
export function namedSql({ preStatements, query, postStatements }: DatasetSpec): readonly NamedSql[] {
  return [
    ...preStatements.map((text) => ({ label: `pre_statements.${text.name}`, text })),
    { label: 'query', text: query },
    ...postStatements.map((text) => ({ label: `post_statements.${text.name}`, text })),
  ];
}

/** Compares the statements that both specs have and write differently, by label. Never throws: what cannot be read is `unknown`. */
export async function compareSql(
  input: CompareInput,
  { onCrash }: Pick<CompileTools, 'onCrash'> = {},
): Promise<Readonly<Record<string, SqlVerdict>>> {
  const before = new Map(namedSql(input.before).map(({ label, text }) => [label, text]));
  const pairs = namedSql(input.spec).flatMap(({ label, text }): readonly SqlPair[] => {
    const old = before.get(label);
    return old && old.sql.trim() !== text.sql.trim() ? [{ label, old, text }] : [];
  });
  if (pairs.length === 0) return {};
  const trees = await treesOf(input, { pairs, onCrash, other: false });
  const judged = pairs.map((pair, index) => ({ pair, verdict: judge(pair, trees[index]) }));
  const doubtful = judged.filter(({ verdict }) => verdict === 'doubtful').map(({ pair }) => pair);
  const others = doubtful.length === 0 ? [] : await treesOf(input, { pairs: doubtful, onCrash, other: true });
  const same = new Set(doubtful.filter((_, index) => others[index]?.isSame));
  const settle = (pair: SqlPair) => (same.has(pair) ? 'cosmetic' : 'real');
  return Object.fromEntries(
    judged.map(({ pair, verdict }) => [pair.label, verdict === 'doubtful' ? settle(pair) : verdict]),
  );
}

interface SqlPair {
  readonly label: string;
  readonly old: SqlText;
  readonly text: SqlText;
}

/** Whether both sides could be parsed, and to the same. */
interface Trees {
  readonly areRead: boolean;
  readonly isSame: boolean;
}

/** Renders both sides with sample values, or with `other` ones, and parses them. */
async function treesOf(
  input: CompareInput,
  {
    pairs,
    onCrash,
    other,
  }: { readonly pairs: readonly SqlPair[]; readonly onCrash: CompileTools['onCrash']; readonly other: boolean },
): Promise<readonly Trees[]> {
  const engine = await loadSqlEngine();
  const dialects = { old: dialectOf(input.before, input), new: dialectOf(input.spec, input) };
  const old = await openRenderer(input, { spec: input.before, onCrash, other });
  const after = await openRenderer(input, { spec: input.spec, onCrash, other });
  try {
    return pairs.map(({ old: left, text: right }) => {
      const one = normalTree(engine, render(after, left) ?? render(old, left), dialects.old);
      const two = normalTree(engine, render(after, right), dialects.new);
      const areRead = one !== undefined && two !== undefined;
      return { areRead, isSame: areRead && one === two };
    });
  } finally {
    old.close();
    after.close();
  }
}

/** Doubtful is what is the same with the samples, and may not be with others: a variable has another place in the text. */
function judge({ old, text }: SqlPair, trees: Trees | undefined): SqlVerdict | 'doubtful' {
  if (!trees?.areRead) return 'unknown';
  if (!trees.isSame) return 'real';
  const verdict = { same: 'cosmetic', moved: 'doubtful', other: 'real' } as const;
  return verdict[compareTemplates(old.sql, text.sql)];
}

function dialectOf(spec: DatasetSpec, { warehouseDialect }: CompareInput): string {
  return spec.execution.dialect ?? warehouseDialect;
}

function openRenderer(
  input: CompareInput,
  {
    spec,
    onCrash,
    other,
  }: { readonly spec: DatasetSpec; readonly onCrash: CompileTools['onCrash']; readonly other: boolean },
): Promise<Renderer> {
  const { vars = {}, envVars = {} } = input;
  const run = sampleRun(spec.name, spec.parameters, { sparse: false });
  const sample = input.vars === undefined || input.envVars === undefined;
  return createRenderer({
    variables: templateVariables(spec.name, other ? otherRun(run, spec.parameters) : run),
    outside: other
      ? { vars: otherValues(vars, otherScalar), envVars: otherValues(envVars, otherText), sample }
      : { vars, envVars, sample },
    declared: spec.parameters.map(({ name }) => name),
    dialect: dialectOf(spec, input),
    onCrash,
  });
}

/** The old template is rendered with the new parameters where that works, so that a new default alone is no change of SQL. */
function render(renderer: Renderer, text: SqlText): string | undefined {
  const rendered = renderer.render(text);
  return rendered.ok ? rendered.text : undefined;
}

/** The parsed statements as text, without what changes nothing. The values and divisions stand beside them: the parser must not lose one. */
function normalTree(engine: SqlEngine, sql: string | undefined, dialect: string): string | undefined {
  if (sql === undefined) return undefined;
  const parsed = engine.parse(sql, dialect);
  if (!parsed.ok) return undefined;
  const tokens = meaningfulTokens(sql);
  const values = tokens
    .filter(({ kind }) => kind === 'string' || kind === 'number' || kind === 'quoted')
    .map(({ kind, text }) => (kind === 'string' ? text.slice(1, -1) : text))
    .sort();
  // For DuckDB's operator // the parser is given / (`sql.ts`).
  const divisions = sql.includes('//')
    ? tokens.filter(({ text }) => text === '/').map(({ offset }) => sql[offset + 1] === '/')
    : [];
  return JSON.stringify([parsed.value.map((node) => normalNode(node)), values, divisions]);
}

/** What a node says of how it was written: places, comments, words that may be left out. */
const spelling =
  /^(span|.*_comments|comments|alias_explicit_as|double_colon_syntax|use_(inner|outer)_keyword|explicit_asc|postfix_form|use_plural)$/;

function normalNode(value: unknown, kind = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => normalNode(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(typedLiteral(value) ?? value);
  const [first] = entries;
  // Parentheses around one expression: the tree says already what belongs together.
  if (first?.[0] === 'paren' && entries.length === 1 && hasThis(first[1])) return normalNode(first[1].this);
  return Object.fromEntries(
    entries
      .filter(([key]) => !spelling.test(key))
      .map(([key, part]) => [
        key,
        isFunctionName({ kind, key, node: value, part }) ? String(part).toLowerCase() : normalNode(part, key),
      ]),
  );
}

/** `DATE '2024-01-15'` is `CAST('2024-01-15' AS DATE)`; undefined for any other node. */
function typedLiteral(node: object): object | undefined {
  if (!('literal' in node) || typeof node.literal !== 'object' || node.literal === null) return undefined;
  const { literal } = node;
  if (!('literal_type' in literal) || literal.literal_type !== 'date') return undefined;
  return { cast: { this: { literal: { ...literal, literal_type: 'string' } }, to: { data_type: 'date' } } };
}

interface NodePart {
  readonly kind: string;
  readonly key: string;
  readonly node: object;
  readonly part: unknown;
}

/** A function's name is found in any case, unless it is quoted; `COUNT` stands as `name` or `original_name` in a node `count`. */
function isFunctionName({ kind, key, node, part }: NodePart): boolean {
  if (typeof part !== 'string' || ('quoted' in node && node.quoted === true)) return false;
  if (key === 'original_name') return true;
  return key === 'name' && (/^(aggregate_)?function$/.test(kind) || part.toLowerCase() === kind);
}

function hasThis(value: unknown): value is { readonly this: unknown } {
  return typeof value === 'object' && value !== null && 'this' in value;
}

/**
 * Compares what two templates say beside their SQL. They are `other` when their code differs, or the text about branches and
 * loops does but for space, comments and case; `moved` when only the text differs in which values stand.
 */
function compareTemplates(left: string, right: string): 'same' | 'moved' | 'other' {
  const [one, other] = [divide(left), divide(right)];
  if (one.code.length !== other.code.length) return 'other';
  if (one.code.some((code, index) => code !== other.code[index])) return 'other';
  if (one.code.length === 0 || one.text() === other.text()) return 'same';
  return one.code.some((code) => code.startsWith('%')) ? 'other' : 'moved';
}

const hole = '\u0001';

function divide(template: string): { readonly code: readonly string[]; readonly text: () => string } {
  const code: string[] = [];
  const rest = template.replace(
    /\{#[\s\S]*?#\}|\{\{([\s\S]*?)\}\}|\{%([\s\S]*?)%\}/g,
    (_, output?: string, statement?: string) => {
      if (output !== undefined) code.push(`{${tidyCode(output)}`);
      if (statement !== undefined) code.push(`%${tidyCode(statement)}`);
      return output === undefined && statement === undefined ? '' : hole;
    },
  );
  const text = () =>
    meaningfulTokens(rest)
      .map((token) => (token.kind === 'word' ? token.text.toLowerCase() : token.text))
      .join(' ');
  return { code, text };
}

/** Space in code says nothing, but for that between quotes. */
function tidyCode(code: string): string {
  return code
    .trim()
    .split(/('[^']*'|"[^"]*")/)
    .map((part, index) =>
      index % 2 === 1 ? part : part.replaceAll(/\s+/g, ' ').replaceAll(/ ?([|(),=+*/~<>[\]-]) ?/g, '$1'),
    )
    .join('');
}
