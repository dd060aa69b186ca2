import { StatementType } from '@duckdb/node-api';
import type { AttemptError, Statement } from '../warehouse.ts';
import { scanStatements } from './statement-scan.ts';

/*
 * What users' SQL may do. DuckDB's lock stops files, settings and extensions, but not a COMMIT or DETACH that would break
 * the transaction: so only listed kinds of statements run. The first words are checked before DuckDB sees the text (a
 * message can then name the line), and the type that DuckDB's parser gives decides again before each statement runs.
 */

/** When a statement runs: CHECKPOINT and VACUUM are allowed only after the commit. */
export type Phase = 'transaction' | 'after commit';

const allowedWords =
  /^(?:SELECT|FROM|VALUES|TABLE|WITH|PIVOT|PIVOT_WIDER|UNPIVOT|PIVOT_LONGER|SUMMARIZE|DESCRIBE|DESC|SHOW|INSERT|UPDATE|DELETE|TRUNCATE|MERGE|ANALYZE|COMMENT ON|\(|CREATE|ALTER|DROP)\b|^\(/;
const allowedObjects =
  /^(?:CREATE|ALTER|DROP) (?:OR REPLACE )?(?:TABLE|VIEW|MATERIALIZED VIEW|RECURSIVE VIEW|SCHEMA|MACRO|FUNCTION|SEQUENCE|TYPE|INDEX|UNIQUE INDEX)\b/;
const afterCommitWords = /^(?:CHECKPOINT|VACUUM)\b/;

const allowedTypes = new Set<StatementType>([
  StatementType.SELECT,
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.MERGE_INTO,
  StatementType.CREATE,
  StatementType.CREATE_FUNC,
  StatementType.ALTER,
  StatementType.DROP,
  StatementType.ANALYZE,
  // DuckDB's type of ANALYZE; that it is not VACUUM is settled by its first word.
  StatementType.VACUUM,
]);

const allowedText =
  'allowed: SELECT, INSERT, UPDATE, DELETE, TRUNCATE, MERGE, ANALYZE, COMMENT ON, and CREATE, ALTER, DROP of tables, views, schemas, macros, sequences, types and indexes; ' +
  'in post_statements also CHECKPOINT and VACUUM';

/** Checks a text before DuckDB parses it. Returns what is wrong with it, or null. */
export function refuseText({ label, sql }: Statement, phase: Phase): AttemptError | null {
  // DuckDB's C interface reads a text up to its first NUL, so what follows would not be what was checked.
  if (sql.includes('\0')) return refusal(label, 'the SQL contains a NUL character', null);
  const own = ownName(sql);
  if (own)
    return refusal(
      label,
      `${own.name} is a name of the product's own: SQL cannot use names that begin with _dli`,
      own.line,
    );
  const dynamic = dynamicSql(sql);
  if (dynamic)
    return refusal(
      label,
      `${dynamic.name}() runs SQL that cannot be checked: write the query itself instead`,
      dynamic.line,
    );
  const statements = scanStatements(sql);
  if (statements.length === 0) return refusal(label, 'there is no statement in the SQL', null);
  for (const { keywords, line } of statements) {
    if (!isAllowed(keywords, phase)) return notAllowed(label, keywords, line);
  }
  return null;
}

/** Checks the type that DuckDB's parser found. Returns what is wrong with it, or null. */
export function refuseType({ label }: Statement, type: StatementType, phase: Phase): AttemptError | null {
  if (allowedTypes.has(type) || (phase === 'after commit' && type === StatementType.CALL)) return null;
  return notAllowed(label, StatementType[type] ?? 'this kind of statement', null);
}

function isAllowed(keywords: string, phase: Phase): boolean {
  if (phase === 'after commit' && afterCommitWords.test(keywords)) return true;
  if (/^(?:CREATE|ALTER|DROP)\b/.test(keywords)) return allowedObjects.test(keywords);
  return allowedWords.test(keywords);
}

function notAllowed(label: string, keywords: string, line: number | null): AttemptError {
  const words = /^[A-Z_]+(?: [A-Z_]+){0,2}/.exec(keywords)?.[0] ?? keywords;
  const advice = /^(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT)\b/.test(words)
    ? 'a run is one transaction, which begins and ends by itself'
    : allowedText;
  return refusal(label, `${words} is not allowed here: ${advice}`, line);
}

function refusal(label: string, message: string, line: number | null): AttemptError {
  return { code: 'DLI-815', message, statement: label, line, column: line === null ? null : 1, mendable: false };
}

// Wherever a name could begin. Only ASCII letters, digits, _ and $ continue a name here: DuckDB reads some other
// characters as blanks, so after any of them a new name may begin. Digits cannot begin one, so `1_dli` is `1` and `_dli`.
const ownNames = /(?<![A-Za-z0-9_$])[0-9$]*(_dli[\w$]*)/i;
// These read SQL out of a string that may be put together from parts.
const dynamicCalls =
  /(?<![A-Za-z0-9_$])(query_table|query|json_execute_serialized_sql)"?(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*+\/)*\(/i;

function ownName(sql: string): { readonly name: string; readonly line: number } | null {
  return find(sql, ownNames);
}

function dynamicSql(sql: string): { readonly name: string; readonly line: number } | null {
  return find(sql, dynamicCalls);
}

function find(sql: string, pattern: RegExp): { readonly name: string; readonly line: number } | null {
  const match = pattern.exec(sql);
  if (!match) return null;
  return { name: match[1] ?? match[0], line: sql.slice(0, match.index).split('\n').length };
}
