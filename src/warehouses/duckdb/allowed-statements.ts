import { StatementType } from '@duckdb/node-api';
import { boundText } from '../bounded-text.ts';
import type { AttemptError, Statement } from '../warehouse.ts';
import { scanStatements } from './statement-scan.ts';
import { placeOfIndex, type TextPlace, unknownPlace } from './text-place.ts';

/*
 * What users' SQL may do. DuckDB's lock stops files, settings and extensions, but not a COMMIT or DETACH that would break
 * the transaction: so only listed kinds of statements run. The first words tell which line to name and what types do not
 * (CREATE SECRET); the type that DuckDB's parser gives decides again before each statement runs.
 */

/** When a statement runs: CHECKPOINT and VACUUM are allowed only after the commit. */
export type Phase = 'transaction' | 'after commit';

const allowedWords =
  /^(?:\(|(?:SELECT|FROM|VALUES|TABLE|WITH|PIVOT|PIVOT_WIDER|UNPIVOT|PIVOT_LONGER|SUMMARIZE|DESCRIBE|DESC|SHOW|INSERT|UPDATE|DELETE|TRUNCATE|MERGE|ANALYZE|COMMENT)(?!\S))/;
const allowedObjects =
  /^(?:CREATE|ALTER|DROP) (?:OR REPLACE )?(?:TABLE|VIEW|RECURSIVE VIEW|SCHEMA|MACRO|FUNCTION|SEQUENCE|TYPE|INDEX|UNIQUE INDEX)(?!\S)/;
const afterCommitWords = /^(?:CHECKPOINT|VACUUM)(?!\S)/;

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

const allowedList =
  'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, MERGE, ANALYZE, COMMENT ON; CREATE, ALTER and DROP of a table, view, schema, ' +
  'macro, sequence, type or index; in post_statements also CHECKPOINT and VACUUM';

/** Checks a text before DuckDB sees it. Returns what is wrong with it, or null. */
export function refuseText(statement: Statement): AttemptError | null {
  const { sql } = statement;
  // DuckDB's C interface reads a text up to its first NUL, so what follows would not be what was checked.
  const nul = sql.indexOf('\0');
  if (nul >= 0) return refusal(statement, 'there is a NUL character in the SQL', placeOfIndex(sql, nul));
  const own = find(sql, ownNames);
  if (own) {
    const message = `${own.name} cannot be used: names that begin with _dli are the product's own`;
    return refusal(statement, message, own.place);
  }
  const outside = find(sql, actsOutside);
  if (!outside) return null;
  const message = `${outside.name} cannot be used: it acts on more than this run, or what it does is not seen in the SQL`;
  return refusal(statement, message, outside.place);
}

/** Says that a text has no statement in it, or null when it has one. */
export function refuseEmpty(statement: Statement): AttemptError | null {
  if (scanStatements(statement.sql).length > 0) return null;
  return refusal(statement, 'there is no statement in the SQL', unknownPlace);
}

/**
 * Checks the first words of every statement, once DuckDB has parsed the text (which has no effect), so that a misspelt
 * word is a parse error. Returns what is wrong, or null.
 */
export function refuseWords(statement: Statement, phase: Phase): AttemptError | null {
  const { sql } = statement;
  for (const { keywords, start, queryCall } of scanStatements(sql)) {
    if (!isAllowed(keywords, phase)) return notAllowed(statement, keywords, placeOfIndex(sql, start));
    if (queryCall === undefined) continue;
    const message = 'query(…) cannot be used: it runs SQL out of a string. Write the query itself';
    return refusal(statement, message, placeOfIndex(sql, queryCall));
  }
  return null;
}

/** Checks the type that DuckDB's parser found. Returns what is wrong with it, or null. */
export function refuseType(statement: Statement, type: StatementType, phase: Phase): AttemptError | null {
  if (allowedTypes.has(type) || (phase === 'after commit' && type === StatementType.CALL)) return null;
  return notAllowed(statement, (StatementType[type] ?? 'THIS STATEMENT').replaceAll('_', ' '), unknownPlace);
}

function isAllowed(keywords: string, phase: Phase): boolean {
  if (phase === 'after commit' && afterCommitWords.test(keywords)) return true;
  return allowedWords.test(keywords) || allowedObjects.test(keywords);
}

function notAllowed(statement: Statement, keywords: string, place: TextPlace): AttemptError {
  const [first = 'this statement', second = ''] = keywords.split(' ');
  const words = /^(?:CREATE|ALTER|DROP|EXPLAIN|FORCE)$/.test(first) ? `${first} ${second}` : first;
  const advice = /^(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT|TRANSACTION)$/.test(first)
    ? 'a run is one transaction, which begins and ends by itself'
    : `allowed are ${allowedList}`;
  return refusal(statement, `${words} is not allowed here: ${advice}`, place);
}

function refusal({ label }: Statement, message: string, place: TextPlace): AttemptError {
  return { code: 'DLI-815', message: boundText(message), statement: label, ...place, mendable: false };
}

// Wherever a name could begin, in whatever quotes, strings or comments: rather too much is refused. Only ASCII letters,
// digits, _ and $ continue a name here, since DuckDB reads some other characters as blanks. Digits cannot begin a name.
const ownNames = /(?<![A-Za-z0-9_$])[0-9$]*(_dli[\w$]*)/i;
/**
 * Functions that run SQL out of a string, abort other attempts' transactions, read memory at an address, or set something for
 * the whole process although its configuration is locked (a log file that does not open ends it), as alternatives of an expression.
 * `reviewed-functions.test.ts` tells when DuckDB gets another one.
 */
export const outsideFunctions =
  'query_table|json_execute_serialized_sql|force_checkpoint|arrow_scan(?:_dumb)?|(?:en|dis)able_(?:logging|profiling|profile|peg_parser)|truncate_duckdb_logs|write_log';
const actsOutside = new RegExp(String.raw`(?<![A-Za-z0-9_$])(${outsideFunctions})(?![\w$])`, 'i');

function find(sql: string, pattern: RegExp): { readonly name: string; readonly place: TextPlace } | null {
  const match = pattern.exec(sql);
  const name = match?.[1];
  if (!match || name === undefined) return null;
  return { name, place: placeOfIndex(sql, match.index + match[0].indexOf(name)) };
}
