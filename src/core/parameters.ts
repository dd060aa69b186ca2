import { DliError, type ErrorCode, type Problem } from '../contract/errors.ts';
import { nearestName } from './did-you-mean.ts';
import { convertValue, describeType, type ParameterType, type ParameterValue } from './parameter-values.ts';

/** One parameter as a spec declares it. `default` is undefined when the spec gives none. */
export interface DeclaredParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly required: boolean;
  readonly default: ParameterValue | undefined;
  readonly description: string | null;
}

/** The values of a run: every declared parameter by name, converted; null for an optional one that has no value. */
export type ParameterValues = Readonly<Record<string, ParameterValue | null>>;

/** What {@link checkParameters} looks at. Given values are JSON values, or text as `-p key=value` gives it. */
export interface ParameterCheck {
  readonly declared: readonly DeclaredParameter[];
  readonly given: Readonly<Record<string, unknown>>;
  /** Values that the product sets (the execution date of a scheduled or backfill run); one that is not declared is left out. */
  readonly filledIn?: ParameterValues;
}

/** The most that a run's values may be together, in bytes of JSON. */
const largestBytes = 65_536;

/**
 * Checks and converts the parameters of a run. All problems of the first kind that occurs are reported at once. Null counts
 * as not given.
 *
 * @throws DLI-810 for unknown names, DLI-811 for missing required ones, DLI-812 for values of the wrong type, or too large.
 */
export function checkParameters({ declared, given, filledIn = {} }: ParameterCheck): ParameterValues {
  const names = declared.map(({ name }) => name);
  const values = new Map(Object.entries(given).filter(([, value]) => value !== null && value !== undefined));
  const set = new Map(Object.entries(filledIn));
  refuse(
    'DLI-810',
    'Unknown parameter',
    [...values.keys()].filter((name) => !names.includes(name)).map((name) => ({ name, reason: suggest(name, names) })),
    declared,
  );
  refuse(
    'DLI-812',
    'Parameter is set by the product',
    names
      .filter((name) => set.has(name) && values.has(name))
      .map((name) => ({ name, reason: 'each run has its own: leave it out' })),
    declared,
  );
  refuse(
    'DLI-811',
    'Missing parameter',
    declared
      .filter(({ name, required, default: fallback }) => {
        return required && fallback === undefined && !values.has(name) && !set.has(name);
      })
      .map(({ name, type }) => ({ name, reason: describeType(type) })),
    declared,
  );
  const converted = convertAll({ declared, values, set });
  refuseTooLarge(converted);
  return converted;
}

/** Lists declared parameters for people, one line each: name, type, and whether it is required or what its default is. */
export function describeParameters(declared: readonly DeclaredParameter[]): readonly string[] {
  if (declared.length === 0) return ['This dataset has no parameters.'];
  return ['Parameters:', ...declared.map((parameter) => `  ${describeParameter(parameter)}`)];
}

/** Makes sure that a dataset can be computed for a date. @throws DLI-811 when it declares no parameter `execution_date`. */
export function requireExecutionDate(declared: readonly DeclaredParameter[], dataset: string): void {
  if (declared.some(({ name }) => name === 'execution_date')) return;
  throw new DliError('DLI-811', `${dataset} has no parameter 'execution_date', so it cannot be computed date by date`, {
    hints: [
      'Declare it in the spec: parameters: [{name: execution_date, type: date, required: true}]',
      ...describeParameters(declared),
    ],
  });
}

function convertAll({
  declared,
  values,
  set,
}: {
  readonly declared: readonly DeclaredParameter[];
  readonly values: ReadonlyMap<string, unknown>;
  readonly set: ReadonlyMap<string, unknown>;
}): ParameterValues {
  const wrong: { name: string; reason: string }[] = [];
  const entries = declared.map(({ name, type, default: fallback }): [string, ParameterValue | null] => {
    const raw = set.get(name) ?? values.get(name);
    if (raw === undefined) return [name, fallback ?? null];
    const converted = convertValue(type, raw);
    if (converted.ok) return [name, converted.value];
    wrong.push({ name, reason: converted.reason });
    return [name, null];
  });
  refuse('DLI-812', 'Wrong value for parameter', wrong, declared);
  // fromEntries defines own properties, so a name such as `__proto__` stays a plain key.
  return Object.fromEntries(entries);
}

/** A backfill stores the values once for each date, so a few megabytes would become gigabytes. */
function refuseTooLarge(values: ParameterValues): void {
  // A character is at most three bytes.
  if (JSON.stringify(values).length * 3 <= largestBytes) return;
  const bytes = bytesOf(values);
  if (bytes <= largestBytes) return;
  const [longest] = Object.keys(values).sort((left, right) => bytesOf(values[right]) - bytesOf(values[left]));
  const write = (count: number) => count.toLocaleString('en');
  throw new DliError('DLI-812', `The parameters are ${write(bytes)} bytes of JSON, '${longest}' is the longest`, {
    hints: [
      `All values of a run together may be ${write(largestBytes)} bytes`,
      'Put long lists into a table and join it, and give its name or a date',
    ],
  });
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

function refuse(
  code: ErrorCode,
  title: string,
  found: readonly { readonly name: string; readonly reason: string }[],
  declared: readonly DeclaredParameter[],
): void {
  const [first] = found;
  if (!first) return;
  const problems: Problem[] = found.map(({ name, reason }) => ({
    message: `${title} '${name}'${reason === '' ? '' : `: ${reason}`}`,
  }));
  const message =
    found.length === 1
      ? (problems[0]?.message ?? title)
      : `${title}s ${found.map(({ name }) => `'${name}'`).join(', ')}`;
  const details = found.length === 1 ? [] : problems.map((problem) => problem.message);
  throw new DliError(code, message, { hints: [...details, ...describeParameters(declared)], problems });
}

function suggest(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest === undefined ? '' : `did you mean '${nearest}'?`;
}

function describeParameter({ name, type, required, default: fallback }: DeclaredParameter): string {
  if (fallback !== undefined) return `${name} (${type}, default ${JSON.stringify(fallback)})`;
  return `${name} (${type}, ${required ? 'required' : 'optional'})`;
}
