/**
 * Parses and translates SQL with `@polyglot-sql/sdk`: 22 MB of WebAssembly, 200 ms to load and 300 MB of memory in use. It
 * is loaded by the first call of {@link loadSqlEngine}, never by importing this module.
 */
import { type SqlToken, tokenizeSql } from './sql-tokens.ts';
import type { SqlNode } from './sql-tree.ts';
import { correctTranslation, translationFault } from './translation-checks.ts';

/** A place in a SQL text that is wrong; line and column count from 1. */
export interface SqlProblem {
  readonly message: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** What came of parsing or translating: the result, or the problem. */
export type SqlResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: SqlProblem };

/** Parses and translates SQL of the dialects that {@link ./dialects.ts} names. */
export interface SqlEngine {
  /** Parses a text into its statements. */
  readonly parse: (sql: string, dialect: string) => SqlResult<readonly SqlNode[]>;
  /** Translates a text; the statements of the result are separated by semicolons. What `to` has no function for is a problem. */
  readonly transpile: (sql: string, dialects: { readonly from: string; readonly to: string }) => SqlResult<string>;
}

type Sdk = typeof import('@polyglot-sql/sdk');

/** Loads the SQL engine. */
export async function loadSqlEngine(): Promise<SqlEngine> {
  const sdk = await import('@polyglot-sql/sdk');
  return {
    parse: (sql, dialect) => parse(sdk, sql, dialect),
    transpile: (sql, dialects) => transpile(sdk, sql, dialects),
  };
}

function parse(sdk: Sdk, sql: string, dialect: string): SqlResult<readonly SqlNode[]> {
  const parsed = sdk.parse(dialect === 'duckdb' ? withoutIntegerDivision(sql) : sql, dialectOf(dialect));
  if (parsed.success && Array.isArray(parsed.ast)) return { ok: true, value: parsed.ast };
  return { ok: false, problem: problemOf(sql, parsed) };
}

// The SDK does not know DuckDB's operator //. A parsed text is only looked at, so / stands for it, at the same place.
function withoutIntegerDivision(sql: string): string {
  if (!sql.includes('//')) return sql;
  const isSlash = (token: SqlToken | undefined) => token?.kind === 'sign' && token.text === '/';
  return tokenizeSql(sql)
    .map((token, index, tokens) => (isSlash(token) && isSlash(tokens[index - 1]) ? ' ' : token.text))
    .join('');
}

function transpile(
  sdk: Sdk,
  sql: string,
  { from, to }: { readonly from: string; readonly to: string },
): SqlResult<string> {
  const result = sdk.transpile(sql, dialectOf(from), dialectOf(to), { unsupportedLevel: 'raise', pretty: true });
  if (!result.success || !result.sql) return { ok: false, problem: problemOf(sql, result) };
  const text = correctTranslation(result.sql.join(';\n'), { from, to });
  const again = parse(sdk, text, to);
  if (!again.ok) {
    const message = `The SQL was not translated to ${to}: ${again.problem.message}`;
    return { ok: false, problem: { message, line: undefined, column: undefined } };
  }
  const fault = translationFault(sql, text, { from, to });
  return fault ? { ok: false, problem: fault } : { ok: true, value: text };
}

interface SdkFailure {
  readonly error?: string | null | undefined;
  readonly errorLine?: number | undefined;
  readonly errorColumn?: number | undefined;
  readonly errorStart?: number | undefined;
}

function problemOf(sql: string, { error, errorLine, errorColumn, errorStart }: SdkFailure): SqlProblem {
  const message = (error ?? 'the SQL was not understood').replace(/^[A-Z]\w* error( at line \d+, column \d+)?: /, '');
  // The SDK's column is where the wrong token ends; its offset (in characters) is where it begins.
  if (errorStart !== undefined) return { message, ...placeOf(sql, errorStart) };
  return { message, line: errorLine, column: errorColumn };
}

function placeOf(sql: string, offset: number): { readonly line: number; readonly column: number } {
  const before = [...sql].slice(0, offset).join('').split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function dialectOf(name: string): Parameters<Sdk['parse']>[1] & string {
  // The SDK's dialects are an enum whose values are these names (`dialects.ts`), but for one.
  return (name === 'postgres' ? 'postgresql' : name) as Parameters<Sdk['parse']>[1] & string;
}
