import { isCalendarDate } from './calendar-date.ts';

/** The types that a parameter can have. */
export const parameterTypes = ['string', 'integer', 'float', 'date', 'boolean', 'list'] as const;

/** One of {@link parameterTypes}. */
export type ParameterType = (typeof parameterTypes)[number];

/** One element of a list parameter. */
export type ScalarValue = string | number | boolean;

/** A parameter's value after conversion: dates are `YYYY-MM-DD` text. */
export type ParameterValue = ScalarValue | readonly ScalarValue[];

/** What came of a conversion: the value, or why there is none. */
export type Conversion =
  | { readonly ok: true; readonly value: ParameterValue }
  | { readonly ok: false; readonly reason: string };

const expected: Readonly<Record<ParameterType, string>> = {
  string: 'text',
  integer: 'a whole number between -9007199254740991 and 9007199254740991, such as 7',
  float: 'a number, such as 0.5',
  date: 'a calendar date as YYYY-MM-DD, such as 2024-01-15',
  boolean: 'true or false',
  list: 'a list of texts, numbers or booleans: a,b,c or a JSON list such as ["a","b"]',
};

const integerPattern = /^[+-]?\d{1,16}$/;
const floatPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;

/** Says in words what a value of `type` looks like. */
export function describeType(type: ParameterType): string {
  return `expects ${expected[type]}`;
}

/** Converts a JSON value, or the text of `-p key=value`, to `type`. Nothing is rounded, trimmed or guessed. */
export function convertValue(type: ParameterType, raw: unknown): Conversion {
  const value = converters[type](raw);
  if (value !== undefined) return { ok: true, value };
  return { ok: false, reason: `${describeType(type)}, got ${show(raw)}` };
}

const converters = {
  string: (raw) => (typeof raw === 'string' && !raw.includes('\0') ? raw : undefined),
  integer: (raw) => {
    const number = typeof raw === 'string' && integerPattern.test(raw) ? Number(raw) : raw;
    return typeof number === 'number' && Number.isSafeInteger(number) ? number + 0 : undefined;
  },
  float: (raw) => {
    const number = typeof raw === 'string' && floatPattern.test(raw) ? Number(raw) : raw;
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
  },
  date: (raw) => (typeof raw === 'string' && isCalendarDate(raw) ? raw : undefined),
  boolean: (raw) => {
    if (typeof raw === 'boolean') return raw;
    return raw === 'true' ? true : raw === 'false' ? false : undefined;
  },
  list: (raw) => {
    const list = typeof raw === 'string' ? parseList(raw) : raw;
    return Array.isArray(list) && list.every(isScalar) ? list : undefined;
  },
} satisfies Record<ParameterType, (raw: unknown) => ParameterValue | undefined>;

function parseList(text: string): unknown {
  if (text === '') return [];
  if (!text.trimStart().startsWith('[')) return text.split(',');
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isScalar(value: unknown): value is ScalarValue {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return typeof value === 'boolean' || (typeof value === 'string' && !value.includes('\0'));
}

function show(raw: unknown): string {
  const text = typeof raw === 'number' ? String(raw) : (JSON.stringify(raw) ?? String(raw));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
