/**
 * The filters that put a value into SQL as data. What they return is one token of DuckDB and Trino SQL (or a list of
 * literals) whatever the value is: quotes are doubled, and what cannot be written safely is refused.
 */
import { isCalendarDate } from '../core/calendar-date.ts';
import type { HostFunction, HostResult } from './template-functions.ts';

/** Builds the filters; `plainBackslash` tells whether the dialect takes a backslash in a literal as it is. */
export function sqlFilterFunctions({
  plainBackslash,
}: {
  readonly plainBackslash: boolean;
}): Readonly<Record<'sql_string' | 'sql_list' | 'sql_identifier' | 'sql_date', HostFunction>> {
  return {
    sql_string: (value) => {
      const text = scalarText(value);
      return text === undefined
        ? refuse('sql_string', 'a text, a number or a boolean', value)
        : quote('sql_string', text, plainBackslash);
    },
    sql_list: (value) => writeList(value, plainBackslash),
    sql_identifier: (value) => {
      if (typeof value !== 'string' || value === '') return refuse('sql_identifier', 'a name', value);
      if (hasUnsafe(value)) return refuse('sql_identifier', 'a name without control characters', value);
      return { ok: true, value: `"${value.replaceAll('"', '""')}"` };
    },
    sql_date: (value) => {
      if (typeof value !== 'string' || !isCalendarDate(value)) return refuse('sql_date', 'a date as YYYY-MM-DD', value);
      return { ok: true, value: `DATE '${value}'` };
    },
  };
}

function writeList(value: unknown, plainBackslash: boolean): HostResult {
  if (!Array.isArray(value)) return refuse('sql_list', 'a list', value);
  // `IN ()` is no SQL, and `NOT IN (NULL)` is silently nothing.
  if (value.length === 0) return refuse('sql_list', 'a list with at least one entry', value);
  const kinds = new Set(value.map((item) => typeof item));
  if (kinds.size > 1) return refuse('sql_list', 'entries of one type', value);
  const written: string[] = [];
  for (const item of value) {
    const literal = writeLiteral(item, plainBackslash);
    if (!literal.ok) return literal;
    written.push(String(literal.value));
  }
  return { ok: true, value: `(${written.join(', ')})` };
}

function writeLiteral(item: unknown, plainBackslash: boolean): HostResult {
  if (typeof item === 'string') return quote('sql_list', item, plainBackslash);
  if (typeof item === 'boolean') return { ok: true, value: item ? 'TRUE' : 'FALSE' };
  const text = scalarText(item);
  return text === undefined ? refuse('sql_list', 'texts, numbers or booleans', item) : { ok: true, value: text };
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

function quote(filter: string, text: string, plainBackslash: boolean): HostResult {
  if (text.includes('\0')) return refuse(filter, 'a text without NUL', text);
  if (!plainBackslash && text.includes('\\')) return refuse(filter, 'a text without backslashes in this dialect', text);
  return { ok: true, value: `'${text.replaceAll("'", "''")}'` };
}

function hasUnsafe(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}

function refuse(filter: string, expected: string, value: unknown): HostResult {
  const got =
    value === undefined || value === null
      ? 'nothing (the name is unknown, or the parameter has no value)'
      : JSON.stringify(value);
  return { ok: false, reason: `${filter} expects ${expected}, got ${got.slice(0, 100)}` };
}
