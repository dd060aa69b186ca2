/** One field of a cron: which numbers it holds. The grammar is Vixie's; what only other crons know (L, W, #, ?) is refused. */

/** What a field may hold. */
interface FieldRange {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** The most that a step may be: the count of different values. */
  readonly longestStep: number;
  /** Names of values, in order from `min`. */
  readonly names: readonly string[];
}

/** The five fields, in order. */
export const cronFields = [
  { name: 'minute', min: 0, max: 59, longestStep: 60, names: [] },
  { name: 'hour', min: 0, max: 23, longestStep: 24, names: [] },
  { name: 'day-of-month', min: 1, max: 31, longestStep: 31, names: [] },
  {
    name: 'month',
    min: 1,
    max: 12,
    longestStep: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  {
    name: 'day-of-week',
    min: 0,
    max: 7,
    longestStep: 7,
    names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  },
] as const satisfies readonly FieldRange[];

/** A field's values, ascending and each once, or what is wrong with it. */
export type FieldValues =
  | { readonly ok: true; readonly values: readonly number[] }
  /** `not understood`: the text is no field at all; `not valid`: a number in it is out of place. */
  | { readonly ok: false; readonly kind: 'not understood' | 'not valid'; readonly reason: string };

const itemShape = /^(?:(\*)|(\d{1,2}|[A-Z]{3})(?:-(\d{1,2}|[A-Z]{3}))?)(?:\/(\d{1,2}))?$/i;

/** Reads one field. Sundays are 0, however they are written. */
export function readField(text: string, field: FieldRange): FieldValues {
  const found = new Set<number>();
  for (const item of text.split(',')) {
    const values = readItem(item, field);
    if (!values.ok) return values;
    for (const value of values.values) found.add(field.name === 'day-of-week' ? value % 7 : value);
  }
  return { ok: true, values: [...found].sort((left, right) => left - right) };
}

function readItem(item: string, field: FieldRange): FieldValues {
  const notUnderstood: FieldValues = { ok: false, kind: 'not understood', reason: item };
  const parts = itemShape.exec(item);
  if (!parts) return notUnderstood;
  const [, star, first = '', last, stepText] = parts;
  const from = star ? field.min : readValue(first, field);
  const end = last === undefined ? undefined : readValue(last, field);
  // FRI-SUN ends on the Sunday after it.
  const isNextSunday = end === 0 && last?.toUpperCase() === 'SUN' && from !== 0;
  const to = star ? lastOf(field) : isNextSunday ? 7 : (end ?? from);
  if (from === undefined || to === undefined || (last !== undefined && end === undefined)) return notUnderstood;
  const wrong = itemProblem({ item, from, to, stepText, isOne: !star && last === undefined }, field);
  if (wrong !== undefined) return { ok: false, kind: 'not valid', reason: wrong };
  const step = Number(stepText ?? 1);
  return { ok: true, values: Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => from + n * step) };
}

interface Item {
  readonly item: string;
  readonly from: number;
  readonly to: number;
  readonly stepText: string | undefined;
  readonly isOne: boolean;
}

function itemProblem({ item, from, to, stepText, isOne }: Item, field: FieldRange): string | undefined {
  const { name, min, max, longestStep } = field;
  const outside = [from, to].find((value) => value < min || value > max);
  if (outside !== undefined) return `${name} ${outside} is outside ${min}-${max}`;
  if (from > to) return `the ${name} range ${item} ends before it begins`;
  if (stepText === undefined) return undefined;
  const step = Number(stepText);
  if (isOne) return `a step needs * or a range in front of it: write ${from}-${max}/${stepText} or */${stepText}`;
  if (step < 1 || step > longestStep) return `the ${name} step ${stepText} is outside 1-${longestStep}`;
  return undefined;
}

/** The last value of `*`: Saturday, although Sunday may also be written 7. */
function lastOf({ min, longestStep }: FieldRange): number {
  return min + longestStep - 1;
}

function readValue(text: string, { names, min }: FieldRange): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names.indexOf(text.toUpperCase());
  return index === -1 ? undefined : min + index;
}
