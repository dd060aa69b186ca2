/**
 * Tells changes of SQL that compute something else from cosmetic ones: space, comments, the case of keywords, parentheses and
 * words that change nothing. Both templates are rendered with sample values and parsed; what is not rendered with those (a
 * branch, an expression) is compared as it is written.
 */
import type { CompileTools } from './compile.ts';
import type { DatasetSpec, SqlText } from './dataset-spec.ts';
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
  const pairs = namedSql(input.spec).flatMap(({ label, text }) => {
    const old = before.get(label);
    return old && old.sql.trim() !== text.sql.trim() ? [{ label, old, text }] : [];
  });
  if (pairs.length === 0) return {};
  const engine = await loadSqlEngine();
  const dialects = { old: dialectOf(input.before, input), new: dialectOf(input.spec, input) };
  const old = await openRenderer(input, { spec: input.before, onCrash });
  const after = await openRenderer(input, { spec: input.spec, onCrash });
  try {
    return Object.fromEntries(
      pairs.map(({ label, old: left, text: right }) => [
        label,
        verdictOf(
          { template: left.sql, ast: () => normalTree(engine, render(after, left) ?? render(old, left), dialects.old) },
          { template: right.sql, ast: () => normalTree(engine, render(after, right), dialects.new) },
        ),
      ]),
    );
  } finally {
    old.close();
    after.close();
  }
}

interface Side {
  readonly template: string;
  readonly ast: () => string | undefined;
}

function verdictOf(left: Side, right: Side): SqlVerdict {
  const [one, other] = [left.ast(), right.ast()];
  if (one === undefined || other === undefined) return 'unknown';
  return one === other && isSameTemplate(left.template, right.template) ? 'cosmetic' : 'real';
}

function dialectOf(spec: DatasetSpec, { warehouseDialect }: CompareInput): string {
  return spec.execution.dialect ?? warehouseDialect;
}

function openRenderer(
  input: CompareInput,
  { spec, onCrash }: { readonly spec: DatasetSpec; readonly onCrash: CompileTools['onCrash'] },
): Promise<Renderer> {
  const { vars, envVars } = input;
  return createRenderer({
    variables: templateVariables(spec.name, sampleRun(spec.name, spec.parameters, { sparse: false })),
    outside: { vars: vars ?? {}, envVars: envVars ?? {}, sample: vars === undefined || envVars === undefined },
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

/** Tells whether two templates have the same code; and where they have branches or loops, the same text but for space, comments and case. */
function isSameTemplate(left: string, right: string): boolean {
  const [one, other] = [divide(left), divide(right)];
  if (one.code.length !== other.code.length) return false;
  if (one.code.some((code, index) => code !== other.code[index])) return false;
  return !one.code.some((code) => code.startsWith('%')) || one.text() === other.text();
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
