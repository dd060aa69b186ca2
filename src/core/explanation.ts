/** What the explanations of runs and of workflows share: how an instant, a fact and a command are written. */
import type { Explanation } from '../contract/explanations.ts';
import type { Run } from './run.ts';

/** What proves an explanation. A value that is an instant is RFC 3339 in UTC, so that whoever shows it can tell. */
export type Fact = Explanation['facts'][number];

/** Why something is as it is: the rest of a sentence that begins with its name and has no full stop yet. */
export interface Reason {
  readonly sentence: string;
  readonly command: string | null;
  readonly more?: readonly Fact[];
}

/** Writes an instant (epoch ms) for a sentence or a fact: RFC 3339, UTC. */
export function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A tick as a sentence names it. */
export interface TickTime {
  /** Epoch ms. */
  readonly at: number;
  /** Local time in the schedule's timezone minus UTC. */
  readonly offsetMinutes: number;
}

/** Writes a tick: RFC 3339 with the offset of its schedule's timezone. */
export function tickInstant({ at, offsetMinutes }: TickTime): string {
  const local = new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 19);
  if (offsetMinutes === 0) return `${local}Z`;
  const minutes = Math.abs(Math.trunc(offsetMinutes));
  const two = (part: number) => String(part).padStart(2, '0');
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Writes some of many names: all of up to three, or three and how many more there are. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 3);
  const more = names.length - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
}

/** Writes the pause of a workflow: since when, by whom and why. */
export function pauseText({
  at,
  by,
  reason,
}: {
  readonly at: number;
  readonly by: string;
  readonly reason: string | null;
}): string {
  return `paused since ${instant(at)} by ${by}${reason === null ? '' : `: ${reason}`}`;
}

/** The command that shows a run's log. */
export function logCommand({ runId }: Pick<Run, 'runId'>): string {
  return `dli workflow logs ${runId}`;
}

/** The command that runs a dataset with these values. */
export function runCommand(dataset: string, params: Run['params']): string {
  const given = Object.entries(params).filter(([, value]) => value !== null);
  const texts = given.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [`dli workflow run ${dataset}`, ...texts.map((text) => `-p ${quoted(text)}`)].join(' ');
}

/** Quotes a word for a shell, where it has to be. */
function quoted(word: string): string {
  return /^[\w.,:@%+=/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
