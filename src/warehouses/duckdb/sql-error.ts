import { DliError, type ErrorCode } from '../../contract/errors.ts';
import { boundText } from '../bounded-text.ts';
import type { AttemptError, Statement } from '../warehouse.ts';
import { placeOfByte, unknownPlace } from './text-place.ts';

/*
 * Reads DuckDB's errors. The binding rejects with a plain `Error` that carries no type, so the process opens DuckDB with
 * `errors_as_json`: the message is then a documented JSON object with type and position. Some parts of DuckDB put their
 * "Xxx Error: " in front of it or write only that; this file is the one place that knows.
 */

/** An error as DuckDB tells it. `position` is a byte offset into the statement's text. */
export interface DuckdbError {
  /** DuckDB's exception type, such as `Binder` or `Out of Memory`. */
  readonly type: string;
  readonly message: string;
  readonly position: number | null;
}

/**
 * What DuckDB says when two transactions at once create, alter, delete or update the same, or insert the same key: the later
 * one fails, at its statement or at its commit. Its type alone does not tell: a commit that fails on a full disk has it too.
 */
const transactionType = 'TransactionContext';
const conflictWords = /\bconflict\b|constraint violation/i;

const mendableTypes = new Set([
  'Out of Memory',
  'IO',
  transactionType,
  'INTERRUPT',
  'INTERNAL',
  'FATAL',
  'HTTP',
  'Network',
  'Connection',
]);
const unboundTypes = new Set(['Parser', 'Syntax', 'Binder', 'Catalog']);

/** Takes an error of the DuckDB binding apart. Its message is cut: users' SQL can make one of any size. */
export function readDuckdbError(error: unknown): DuckdbError {
  const text = error instanceof Error ? error.message : String(error);
  const json = text.indexOf('{"exception_type"');
  if (json >= 0) {
    const parsed = parseObject(text.slice(json));
    if (parsed) return fromJson(parsed);
  }
  const [, type, message] = /^(?:Failed to [a-z ]+: )?([A-Z][A-Za-z ]*?) Error: ([\s\S]*)$/.exec(text) ?? [];
  return { type: type ?? 'Unknown', message: boundText(message ?? text), position: null };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fromJson({
  exception_type: type,
  exception_message: message,
  position,
}: Record<string, unknown>): DuckdbError {
  const offset = Number(position);
  return {
    type: String(type),
    message: boundText(String(message)),
    position: position === undefined || Number.isNaN(offset) ? null : offset,
  };
}

/** Tells whether a transaction met what another one has written: nothing is wrong with its statements. */
export function isConflict({ type, message }: DuckdbError): boolean {
  return type === transactionType && conflictWords.test(message);
}

/** Tells whether a transaction that may only read was asked to write. It meets nothing that others write. */
export function isRefusedWrite({ type }: DuckdbError): boolean {
  return type === transactionType;
}

/** Says an error of `statement` (or of the transaction itself) to people, with its place. */
export function attemptError(error: DuckdbError, statement: Statement | undefined): AttemptError {
  const place = statement && error.position !== null ? placeOfByte(statement.sql, error.position) : unknownPlace;
  // DuckDB gives this error no type of its own.
  const secondCatalog =
    /^Attempting to write to database "(.*?)" in a transaction that has already modified database "(.*?)"/.exec(
      error.message,
    );
  const code: ErrorCode = unboundTypes.has(error.type) || secondCatalog ? 'DLI-815' : 'DLI-802';
  return {
    code,
    message: secondCatalog
      ? `writes catalog '${secondCatalog[1]}', but the dataset is in catalog '${secondCatalog[2]}': one run can write only its dataset's catalog. ` +
        'Give the other table a dataset of its own.'
      : cleanMessage(error),
    statement: statement?.label ?? null,
    ...place,
    mendable: mendableTypes.has(error.type) && !secondCatalog,
    conflict: isConflict(error),
  };
}

function cleanMessage({ type, message }: DuckdbError): string {
  const text = advised({ type, message })
    .replace(/\n\nLINE \d+:[\s\S]*$/, '')
    // Suggestions out of the system's own catalogs help nobody.
    .replace(/\n+Did you mean "[^"]*?(?:_dli|information_schema|pg_|duckdb_|sqlite_)[^"]*"\?/, '')
    .replace(/\n+(Did you mean|Candidate|Candidates|Possible)/g, '. $1')
    .replace(/(!|\.)\. /g, '. ')
    .replace(/!$/, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  return type === 'Unknown' || unboundTypes.has(type) ? text : `${typeWords(type)}: ${text}`;
}

// DuckDB advises settings, which a run may not change.
function advised({ type, message }: Pick<DuckdbError, 'type' | 'message'>): string {
  if (type !== 'Out of Memory') return message;
  const advice = /max_temp_directory_size/.test(message)
    ? "Free space in the server's data folder, or let the query work on less at a time"
    : 'Raise memory_limit of the warehouse in basecamp.yaml, or let the query work on less at a time';
  const [fact = ''] = message.split(/\n|(?<=\.) /);
  return `${fact.replace(/\.$/, '')}. ${advice}`;
}

function typeWords(type: string): string {
  if (type === 'IO') return 'input/output';
  return type.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

/** Makes the error that a caller gets for a statement that was only looked at. */
export function toDliError({ message, statement, line, column }: AttemptError): DliError {
  const place = { ...(line === null ? {} : { line }), ...(column === null ? {} : { column }) };
  return new DliError('DLI-815', `${statement}: ${message}`, { problems: [{ message, ...place }] });
}
