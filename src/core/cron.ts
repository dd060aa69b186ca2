/** A cron as data: which local times of which days it names. What these times mean in a timezone stands in `schedule.ts`. */
import { cronFields, readField } from './cron-field.ts';
import { nearestName } from './did-you-mean.ts';

/** A cron that was read. */
export interface Cron {
  /** Times of a day as minutes after midnight, ascending; never empty. */
  readonly times: readonly number[];
  /** 1 to 12. */
  readonly months: ReadonlySet<number>;
  /** 1 to 31; null when the field does not restrict anything. */
  readonly daysOfMonth: ReadonlySet<number> | null;
  /** 0 (Sunday) to 6; null when the field does not restrict anything. */
  readonly daysOfWeek: ReadonlySet<number> | null;
  /** The minute or the hour field starts with `*`: ticks follow real elapsed time. Otherwise its times are fixed. */
  readonly isElapsed: boolean;
}

/** A cron, or what is wrong with it in words for people. */
export type CronReading = { readonly ok: true; readonly cron: Cron } | { readonly ok: false; readonly problem: string };

/** What a cron may look like, for hints. */
export const cronHint =
  'Allowed: five fields "minute hour day-of-month month day-of-week" with numbers, names (JAN, MON), ranges, lists and steps, such as "0 9 * * MON-FRI" or "*/15 * * * *"; or @hourly, @daily, @weekly, @monthly, @yearly.';

const nicknames: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Says what is wrong with a cron expression, in words for people; undefined when it is good. */
export function cronProblem(cron: string): string | undefined {
  const reading = readCron(cron);
  return reading.ok ? undefined : reading.problem;
}

/** Reads a cron expression: five fields, or a name such as `@daily`. */
export function readCron(expression: string): CronReading {
  const text = expression.trim();
  const fields = text.startsWith('@') ? nicknames[text.toLowerCase()] : text;
  if (fields === undefined) return { ok: false, problem: nicknameProblem(text) };
  const parts = fields.split(/[ \t]+/);
  if (parts.length !== cronFields.length) {
    const count = text === '' ? 0 : parts.length;
    const noun = count === 1 ? 'field' : 'fields';
    return { ok: false, problem: `Cron '${expression}' has ${count} ${noun} where 5 are needed` };
  }
  const all: (readonly number[])[] = [];
  for (const [index, field] of cronFields.entries()) {
    const part = parts[index] ?? '';
    const values = readField(part, field);
    if (!values.ok && values.kind === 'not valid') {
      return { ok: false, problem: `Cron '${expression}' is not valid: ${values.reason}` };
    }
    if (!values.ok) {
      return { ok: false, problem: `Cron '${expression}' has a ${field.name} that is not understood: '${part}'` };
    }
    all.push(values.values);
  }
  const cron = toCron(parts, all);
  return canFire(cron) ? { ok: true, cron } : { ok: false, problem: `Cron '${expression}' never fires` };
}

function toCron(parts: readonly string[], all: readonly (readonly number[])[]): Cron {
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = all;
  return {
    times: hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute)),
    months: new Set(months),
    daysOfMonth: isRestricted(parts[2], days, 31) ? new Set(days) : null,
    daysOfWeek: isRestricted(parts[4], weekdays, 7) ? new Set(weekdays) : null,
    isElapsed: parts[0]?.startsWith('*') === true || parts[1]?.startsWith('*') === true,
  };
}

/** A field restricts unless it is a star that leaves nothing out: `1-31` does, `*` and its long form with step 1 do not. */
function isRestricted(part: string | undefined, values: readonly number[], count: number): boolean {
  return !(part?.startsWith('*') === true && values.length === count);
}

function canFire({ months, daysOfMonth, daysOfWeek }: Cron): boolean {
  if (daysOfMonth === null || daysOfWeek !== null) return true;
  const first = Math.min(...daysOfMonth);
  return [...months].some((month) => first <= (longestMonths[month - 1] ?? 0));
}

function nicknameProblem(text: string): string {
  const nearest = nearestName(text, Object.keys(nicknames));
  return `Cron '${text}' is not a known name${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`;
}
