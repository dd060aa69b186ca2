/**
 * Values that differ from given samples, each within its type: what SQL takes from a variable changes with them, and a
 * literal that reads like the sample does not.
 */
import { addDays } from '../core/calendar-date.ts';
import type { ParameterType, ParameterValue, ScalarValue } from '../core/parameter-values.ts';
import type { DeclaredParameter } from '../core/parameters.ts';
import type { TemplateRun } from './template-variables.ts';

/** A prime, so that nothing else is likely to be so far away; as days, year, month and day of a date differ. */
const distance = 1009;

/** Changes every value of a run. */
export function otherRun(run: TemplateRun, parameters: readonly DeclaredParameter[]): TemplateRun {
  const types = new Map(parameters.map(({ name, type }) => [name, type]));
  const params = Object.entries(run.params).map(
    ([name, value]) => [name, value === null ? null : otherValue(value, types.get(name))] as const,
  );
  return {
    runId: `${run.runId}_2`,
    params: Object.fromEntries(params),
    executionDate: run.executionDate === null ? null : otherDate(run.executionDate),
    ts: '2026-10-20T13:45:30Z',
  };
}

/** Changes every value that a name has. */
export function otherValues<Value>(
  values: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

/** Changes a text; what is not set stays so. */
export function otherText(value: string | null): string | null {
  return value === null ? null : `${value}_2`;
}

/** Changes a single value. */
export function otherScalar(value: ScalarValue): ScalarValue {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return `${value}_2`;
  // A large number stays an exact one.
  return value > 1e9 ? value - distance : value + distance;
}

function otherValue(value: ParameterValue, type: ParameterType | undefined): ParameterValue {
  if (typeof value === 'object') return value.map(otherScalar);
  return type === 'date' && typeof value === 'string' ? otherDate(value) : otherScalar(value);
}

/** A date near the end of what can be named has only earlier ones. */
function otherDate(date: string): string {
  return addDays(date, distance) ?? addDays(date, -distance) ?? date;
}
