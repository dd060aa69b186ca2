/**
 * A timezone as stretches of one offset each, read from `Intl`. A zone is walked in pieces of 8 days that are read when they
 * are first needed; these belong to the {@link Zone}, so whoever computes many ticks keeps one.
 */
import { DliError } from '../contract/errors.ts';
import { nearestName } from './did-you-mean.ts';

/** A piece of time in which the zone's offset does not change. It may be cut where nothing happens. */
export interface Stretch {
  /** Its first instant, epoch ms. */
  readonly startMs: number;
  /** The first instant after it, epoch ms. */
  readonly endMs: number;
  /** Local time minus UTC. */
  readonly offsetMs: number;
  /**
   * The local time up to which the clock had come before this stretch began. Less than where the stretch begins: a gap.
   * More: the clock was set back, and times before this one occur again.
   */
  readonly passedMs: number;
}

/** A timezone that was opened. */
export interface Zone {
  /** Returns the stretch that holds an instant (epoch ms). */
  readonly stretchAt: (ms: number) => Stretch;
}

/**
 * No clock was ever set by more: the widest change on record is a whole day, at the date line. Local time and UTC differ by
 * less, too.
 */
export const longestShiftMs = 2 * 86_400_000;

const chunkMs = 8 * 86_400_000;
// Offsets are compared this far apart. No offset ever lasted less than 6.9 days (tzdata 2026f, every zone).
const sampleMs = longestShiftMs;
const msPerSecond = 1_000;
const mostChunks = 1_024;

/** Says what is wrong with a timezone; undefined when it is an IANA name that this runtime knows. */
export function timezoneProblem(timezone: string): string | undefined {
  return openFormat(timezone) ? undefined : unknownTimezone(timezone);
}

function unknownTimezone(timezone: string): string {
  const nearest = nearestName(timezone, Intl.supportedValuesOf('timeZone'));
  const abbreviation = /^[A-Z]{2,5}$/.test(timezone) ? '; an abbreviation may mean several timezones' : '';
  const suggestion = nearest === undefined ? abbreviation : `; did you mean '${nearest}'?`;
  return `Timezone '${timezone}' is not an IANA name such as Asia/Seoul or UTC${suggestion}`;
}

/** Opens a timezone by its IANA name. @throws DLI-400 when there is no such timezone */
export function openZone(timezone: string): Zone {
  const offsetAt = openOffsets(timezone);
  const chunks = new Map<number, Stretches>();
  const chunkAt = (index: number) => {
    const known = chunks.get(index);
    if (known) return known;
    if (chunks.size >= mostChunks) chunks.clear();
    const read = readChunk(index * chunkMs, offsetAt);
    chunks.set(index, read);
    return read;
  };
  return {
    stretchAt: (ms) => {
      const [first, ...rest] = chunkAt(Math.floor(ms / chunkMs));
      return rest.findLast(({ startMs }) => startMs <= ms) ?? first;
    },
  };
}

type OffsetAt = (ms: number) => number;
type Stretches = readonly [Stretch, ...Stretch[]];

/** Reads the stretches of one chunk. It begins further back than any clock was set back, so that it knows what had passed. */
function readChunk(startMs: number, offsetAt: OffsetAt): Stretches {
  const endMs = startMs + chunkMs;
  const firstMs = startMs - longestShiftMs;
  const offsetMs = offsetAt(firstMs);
  const changes = findChanges({ firstMs, endMs, offsetAt });
  const endOf = (index: number) => changes[index + 1]?.startMs ?? endMs;
  let last: Stretch = { startMs: firstMs, endMs: endOf(-1), offsetMs, passedMs: firstMs + offsetMs };
  const stretches: [Stretch, ...Stretch[]] = [last];
  for (const [index, change] of changes.entries()) {
    last = { ...change, endMs: endOf(index), passedMs: Math.max(last.passedMs, last.endMs + last.offsetMs) };
    stretches.push(last);
  }
  return stretches;
}

interface Change {
  readonly startMs: number;
  readonly offsetMs: number;
}

function findChanges({
  firstMs,
  endMs,
  offsetAt,
}: {
  readonly firstMs: number;
  readonly endMs: number;
  readonly offsetAt: OffsetAt;
}): readonly Change[] {
  const changes: Change[] = [];
  let at = firstMs;
  let offsetMs = offsetAt(at);
  // A change at `endMs` itself belongs to the next chunk; offsets change on whole seconds.
  const lastMs = endMs - msPerSecond;
  while (at < lastMs) {
    const next = Math.min(at + sampleMs, lastMs);
    if (offsetAt(next) === offsetMs) {
      at = next;
      continue;
    }
    at = firstOther({ from: at, to: next, offsetMs, offsetAt });
    offsetMs = offsetAt(at);
    changes.push({ startMs: at, offsetMs });
  }
  return changes;
}

/** Halves the time between an instant that has the offset and one that has another, down to the second. */
function firstOther(range: {
  readonly from: number;
  readonly to: number;
  readonly offsetMs: number;
  readonly offsetAt: OffsetAt;
}): number {
  let { from, to } = range;
  while (to - from > msPerSecond) {
    const middle = from + Math.floor((to - from) / (2 * msPerSecond)) * msPerSecond;
    if (range.offsetAt(middle) === range.offsetMs) from = middle;
    else to = middle;
  }
  return to;
}

function openOffsets(timezone: string): OffsetAt {
  // The default timezone needs no format, which is by far the slowest part of opening one.
  if (timezone === 'UTC') return () => 0;
  const format = openFormat(timezone);
  if (format === undefined) throw new DliError('DLI-400', unknownTimezone(timezone));
  return (ms) => readOffset(format.format(ms));
}

/** Reads `1/15/2024, GMT+05:30`; before standard time there are seconds too: `GMT+03:25:44`. UTC itself is `GMT`. */
function readOffset(text: string): number {
  const at = text.lastIndexOf('GMT') + 3;
  const seconds =
    Number(text.slice(at + 1, at + 3)) * 3_600 +
    Number(text.slice(at + 4, at + 6)) * 60 +
    Number(text.slice(at + 7, at + 9));
  return (text[at] === '-' ? -seconds : seconds) * msPerSecond;
}

/** Formats by timezone: opening one takes a millisecond, and a folder of specs names the same few again and again. */
const formats = new Map<string, Intl.DateTimeFormat>();
const mostFormats = 64;

function openFormat(timezone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(timezone);
  if (known) return known;
  const format = makeFormat(timezone);
  if (!format) return undefined;
  if (formats.size >= mostFormats) formats.clear();
  formats.set(timezone, format);
  return format;
}

function makeFormat(timezone: string): Intl.DateTimeFormat | undefined {
  // Abbreviations are ambiguous (IST is three zones) and some of them are fixed offsets; a bare offset has no daylight saving.
  if (!/^[A-Za-z]/.test(timezone)) return undefined;
  if (/^[A-Z0-9]+$/.test(timezone) && timezone !== 'UTC' && timezone !== 'GMT') return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
}
