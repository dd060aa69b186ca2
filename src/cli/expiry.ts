import { DliError } from '../contract/errors.ts';
import { isCalendarDate } from '../core/calendar-date.ts';

/** How long a token is good where nothing is said. */
export const defaultExpiry = '365d';

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };
/** What a Date can hold with room to spare, in days. */
const longest = 36_500;

/** Reads when a token ends: `90d`, `12h`, a date (its beginning, UTC), an instant, or `never`, which is null. @throws DLI-400 */
export function readExpiry(text: string, now: Date): string | null {
  if (text === 'never') return null;
  const [, count = '', unit = ''] = /^(\d{1,6})([hd])$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? 0);
  if (ms > 0 && ms <= longest * 86_400_000) return new Date(now.getTime() + ms).toISOString();
  if (isCalendarDate(text)) return `${text}T00:00:00.000Z`;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new DliError('DLI-400', `--expires is '${text}'`, {
    hints: ['Allowed: a time like 90d or 12h, a date like 2030-01-15, an instant like 2030-01-15T09:00:00Z, or never'],
  });
}
