/**
 * Calendar dates as `YYYY-MM-DD` strings. A date has no time and no zone: everything here counts days since
 * 1970-01-01 on the proleptic Gregorian calendar, so the machine's timezone cannot shift a result.
 */

/** Years that the four digits of a date can hold. */
const firstDay = -719_162; // 0001-01-01
const lastDay = 2_932_896; // 9999-12-31

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const msPerDay = 86_400_000;

/** Tells whether `text` is a real calendar day written exactly as `YYYY-MM-DD`, from year 1 on. */
export function isCalendarDate(text: string): boolean {
  return parseDays(text) !== undefined;
}

/** Adds `days` (negative: subtracts). Returns undefined when `date` is not a calendar date or the result leaves the years 1 to 9999. */
export function addDays(date: string, days: number): string | undefined {
  const from = parseDays(date);
  if (from === undefined || !Number.isSafeInteger(days)) return undefined;
  return formatDays(from + days);
}

/** Returns the Monday of the week that `date` is in. */
export function weekStart(date: string): string | undefined {
  const days = parseDays(date);
  // Day 0, 1970-01-01, is a Thursday: three days after a Monday.
  return days === undefined ? undefined : formatDays(days - ((((days + 3) % 7) + 7) % 7));
}

/** Returns the first day of the month that `date` is in. */
export function monthStart(date: string): string | undefined {
  return isCalendarDate(date) ? `${date.slice(0, 7)}-01` : undefined;
}

/** Counts the days from `start` to `end`, both included; zero or less when `start` is after `end`. */
export function countDays(start: string, end: string): number | undefined {
  const from = parseDays(start);
  const to = parseDays(end);
  return from === undefined || to === undefined ? undefined : to - from + 1;
}

/** Lists every date from `start` to `end`, both included; empty when `start` is after `end` or either is no calendar date. */
export function dateRange(start: string, end: string): readonly string[] {
  const from = parseDays(start);
  const count = countDays(start, end);
  if (from === undefined || count === undefined || count <= 0) return [];
  return Array.from({ length: count }, (_, index) => formatDays(from + index) ?? start);
}

/** Orders two calendar dates: negative when `left` is earlier, 0 when they are the same day. */
export function compareDates(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Returns the instant (epoch ms) of UTC midnight at the start of `date`. */
export function utcMidnight(date: string): number | undefined {
  const days = parseDays(date);
  return days === undefined ? undefined : days * msPerDay;
}

/** Returns the UTC calendar date of an instant in epoch ms. */
export function utcDateOf(ms: number): string | undefined {
  return formatDays(Math.floor(ms / msPerDay));
}

function parseDays(text: string): number | undefined {
  const parts = datePattern.exec(text);
  if (!parts) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil(year, month, day);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

// Both conversions count in years that begin in March, so that the leap day is the last of its year
// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function formatDays(days: number): string | undefined {
  if (days < firstDay || days > lastDay) return undefined;
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
