/** How exactly a time is written. */
export type TimePrecision = 'minutes' | 'seconds';

/** Stands for the time zone of the system, whose name takes 10 ms to find out; its offsets are known at once. */
export const systemZone = 'system';

/**
 * Writes an instant in a time zone as `2024-01-15 09:30`, with its offset when it is not UTC's (`2024-01-15 18:30 +09:00`).
 */
export function formatTime(
  instant: string,
  { timeZone, precision = 'minutes' }: { readonly timeZone: string; readonly precision?: TimePrecision },
): string {
  const at = new Date(instant);
  const offsetMinutes = zoneOffsetMinutes(at, timeZone);
  const local = new Date(at.getTime() + offsetMinutes * 60_000).toISOString();
  const text = `${local.slice(0, 10)} ${local.slice(11, precision === 'minutes' ? 16 : 19)}`;
  return offsetMinutes === 0 ? text : `${text} ${formatOffset(offsetMinutes)}`;
}

/** Writes a length of time for people: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.0995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function zoneOffsetMinutes(at: Date, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  if (timeZone === systemZone) return -at.getTimezoneOffset();
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours = '0', minutes = '0'] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function formatOffset(minutes: number): string {
  const size = Math.abs(minutes);
  const pad = (part: number) => String(part).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}
