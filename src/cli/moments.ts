import { DliError } from '../contract/errors.ts';
import { momentHint, readMoment } from '../core/local-time.ts';
import { openZone } from '../core/zone.ts';

/** What help says of the moments that {@link readMoments} reads. */
export const momentDetails =
  'A TIME is a date (all of that day), a date and time in the timezone of the schedule, or one with its offset or Z.';

/** Reads `--from` and `--to` as epoch ms, in a schedule's timezone; undefined where one is not given. @throws DLI-814 */
export function readMoments(
  given: { readonly from: string | undefined; readonly to: string | undefined },
  timezone: string,
): { readonly from: number | undefined; readonly to: number | undefined } {
  const zone = openZone(timezone);
  const read = (option: 'from' | 'to', edge: 'first' | 'last') => {
    const text = given[option];
    if (text === undefined) return undefined;
    const moment = readMoment(text, zone, edge);
    if (moment !== undefined) return moment;
    throw new DliError('DLI-814', `--${option} '${text}' is not a date or a time`, { hints: [momentHint] });
  };
  const [from, to] = [read('from', 'first'), read('to', 'last')];
  if (from !== undefined && to !== undefined && to < from) {
    throw new DliError('DLI-814', `--to ${given.to} is before --from ${given.from}`, {
      hints: ['Give a range that ends after it begins'],
    });
  }
  return { from, to };
}
