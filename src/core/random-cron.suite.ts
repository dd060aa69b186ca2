/** Random crons for property tests: the text together with what each field means, so that an oracle need not parse. */
import fc from 'fast-check';

/** A field's text and its values. */
export interface RandomField {
  readonly text: string;
  readonly values: ReadonlySet<number>;
}

/** A cron and what its fields hold. */
export interface RandomCron {
  readonly text: string;
  readonly minutes: RandomField;
  readonly hours: RandomField;
  readonly days: RandomField;
  readonly months: RandomField;
  readonly weekdays: RandomField;
}

interface FieldOptions {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** How often the field is a plain star; 0: it never holds one. */
  readonly stars: number;
}

const span = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

function randomField({ min, max, names = [], stars }: FieldOptions): fc.Arbitrary<RandomField> {
  const value = fc.integer({ min, max });
  const step = fc.integer({ min: 2, max: Math.max(2, Math.floor((max - min + 1) / 2)) });
  const range = fc.tuple(value, value).map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
  const named = (number: number) => names[number - min] ?? String(number);
  const one = value.map((number) => ({ text: String(number), values: [number] }));
  const name = value.map((number) => ({ text: named(number), values: [number] }));
  const ranged = range.map(([from, to]) => ({ text: `${named(from)}-${named(to)}`, values: span(from, to) }));
  const stepped = fc.tuple(range, step).map(([[from, to], by]) => ({
    text: `${from}-${to}/${by}`,
    values: span(from, to, by),
  }));
  const starStep = step.map((by) => ({ text: `*/${by}`, values: span(min, max, by) }));
  const list = fc
    .array(fc.oneof(one, name, ranged), { minLength: 2, maxLength: 3 })
    .map((items) => ({ text: items.map(({ text }) => text).join(), values: items.flatMap(({ values }) => values) }));
  return fc
    .oneof(
      { weight: stars, arbitrary: fc.constant({ text: '*', values: span(min, max) }) },
      { weight: 3, arbitrary: one },
      // A star means the whole field, which `min` to `max` need not be.
      { weight: 1, arbitrary: fc.oneof(name, ranged, stepped, ...(stars > 0 ? [starStep] : [])) },
      { weight: 2, arbitrary: list },
    )
    .map(({ text, values }) => ({ text, values: new Set(values) }));
}

const months = ['JAN', 'feb', 'Mar', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** Crons that mostly fire on most days, at night above all, where clocks change. */
export const randomCrons: fc.Arbitrary<RandomCron> = fc
  .record({
    minutes: randomField({ min: 0, max: 59, stars: 2 }),
    hours: fc.oneof(randomField({ min: 0, max: 3, stars: 0 }), randomField({ min: 0, max: 23, stars: 3 })),
    days: randomField({ min: 1, max: 31, stars: 12 }),
    months: randomField({ min: 1, max: 12, names: months, stars: 24 }),
    weekdays: randomField({ min: 0, max: 6, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'], stars: 12 }),
  })
  .filter(({ days, months: some }) => Math.min(...days.values) <= 29 || some.values.has(1))
  .map((fields) => ({
    ...fields,
    text: [fields.minutes, fields.hours, fields.days, fields.months, fields.weekdays].map(({ text }) => text).join(' '),
  }));
