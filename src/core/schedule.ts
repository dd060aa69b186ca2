/**
 * Cron and timezones. Daylight saving follows `croner` with its rule "no-wildcard": a cron whose minute and hour have no
 * wildcard fires once where the clock jumps; the remaining differences to product.md section 4 (lists of minutes that fall
 * into the gap) are not handled here yet.
 */
import { Cron } from 'croner';
import { addDays } from './calendar-date.ts';
import { nearestName } from './did-you-mean.ts';

/** Which date a tick computes: the local date of the tick, or the day before it. */
export type ExecutionDateRule = 'same_day' | 'previous_day';

/** When ticks occur. */
export interface TickRule {
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
}

/** What a cron may look like, for hints. */
export const cronHint =
  'Allowed: five fields "minute hour day-of-month month day-of-week" with numbers, names (JAN, MON), ranges, lists and steps, such as "0 9 * * MON-FRI" or "*/15 * * * *"; or @hourly, @daily, @weekly, @monthly, @yearly.';

const nicknames = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'] as const;

const month = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC';
const weekday = 'SUN|MON|TUE|WED|THU|FRI|SAT';

// croner knows more (L, W, #, ?) than the product's cron, so each field's shape is checked first.
const fields = [
  { name: 'minute', shape: fieldShape('\\d{1,2}') },
  { name: 'hour', shape: fieldShape('\\d{1,2}') },
  { name: 'day-of-month', shape: fieldShape('\\d{1,2}') },
  { name: 'month', shape: fieldShape(`\\d{1,2}|${month}`) },
  { name: 'day-of-week', shape: fieldShape(`\\d|${weekday}`) },
] as const;

// A moment to look for the first tick from: four years from any day hold every day of the calendar, a leap day included
// (none is skipped between 2000 and 2100).
const searchFrom = Date.UTC(2024, 0, 1);

/** Says what is wrong with a cron expression, in words for people; undefined when it is good. */
export function cronProblem(cron: string): string | undefined {
  const text = cron.trim();
  if (text.startsWith('@')) return nicknameProblem(text);
  const parts = text.split(/[ \t]+/);
  if (parts.length !== fields.length) {
    return `Cron '${cron}' has ${text === '' ? 0 : parts.length} fields where 5 are needed`;
  }
  const wrong = fields.findIndex(({ shape }, index) => !shape.test(parts[index] ?? ''));
  if (wrong !== -1) return `Cron '${cron}' has a ${fields[wrong]?.name} that is not understood: '${parts[wrong]}'`;
  try {
    const next = createCron({ cron, timezone: 'UTC' }).nextRun(new Date(searchFrom));
    return next === null ? `Cron '${cron}' never fires` : undefined;
  } catch (error) {
    return `Cron '${cron}' is not valid: ${reasonOf(error)}`;
  }
}

/** Says what is wrong with a timezone; undefined when it is an IANA name that this runtime knows. */
export function timezoneProblem(timezone: string): string | undefined {
  if (isTimezone(timezone)) return undefined;
  const nearest = nearestName(timezone, Intl.supportedValuesOf('timeZone'));
  const suggestion = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
  return `Timezone '${timezone}' is not an IANA name such as Asia/Seoul or UTC${suggestion}`;
}

/** Finds the first tick strictly after `after` (epoch ms); null when there is none. The rule must have been checked before. */
export function nextTick({ cron, timezone, after }: TickRule & { readonly after: number }): number | null {
  return createCron({ cron, timezone }).nextRun(new Date(after))?.getTime() ?? null;
}

/** Returns the execution date of a tick (epoch ms): its calendar date in the schedule's timezone, or the day before that. */
export function executionDateOf(tickMs: number, timezone: string, rule: ExecutionDateRule): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(tickMs);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  const date = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
  return rule === 'same_day' ? date : (addDays(date, -1) ?? date);
}

function createCron({ cron, timezone }: TickRule): Cron {
  // Never starts a timer: without a function there is nothing to run.
  return new Cron(cron.trim(), { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true });
}

function fieldShape(value: string): RegExp {
  const item = `(\\*|(${value})(-(${value}))?)(/\\d{1,2})?`;
  return new RegExp(`^${item}(,${item})*$`, 'i');
}

function nicknameProblem(text: string): string | undefined {
  if (nicknames.some((nickname) => nickname === text.toLowerCase())) return undefined;
  const nearest = nearestName(text, nicknames);
  return `Cron '${text}' is not a known name${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`;
}

function isTimezone(timezone: string): boolean {
  // Abbreviations are ambiguous (IST is three zones) and some of them are fixed offsets; a bare offset has no daylight saving.
  if (!/^[A-Za-z]/.test(timezone)) return false;
  if (/^[A-Z0-9]+$/.test(timezone) && timezone !== 'UTC' && timezone !== 'GMT') return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
}
