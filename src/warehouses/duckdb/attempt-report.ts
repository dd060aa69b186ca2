import { boundText } from '../bounded-text.ts';
import type { AttemptNotice } from './child-protocol.ts';

/** What an attempt tells while it goes on. */
export interface AttemptReport {
  readonly log: (...lines: readonly string[]) => void;
  /** Adds a line that takes a while to write, such as one with counted rows: written when what comes next is under way. */
  readonly logLater: (write: () => string) => void;
  /** Adds what an attempt ends with, which is never left out. */
  readonly logEnd: (...lines: readonly string[]) => void;
  /** Not `atOnce`, when the end follows, with whose `flush` it travels. */
  readonly published: (when: { readonly atOnce: boolean }) => void;
  readonly postDone: (nextIndex: number) => void;
  /** Sends what is still kept back. */
  readonly flush: () => void;
}

const maxLines = 1_000;
// A message costs more than what is in it, so the lines of a fast attempt travel together.
const keptBackMs = 50;

/**
 * Sends an attempt's reports in order and bounded: a statement's error can be of any size, and a text can have any number
 * of statements, so long lines are cut and after {@link maxLines} one line says that the rest is left out, but for the end.
 */
export function reportAttempt(send: (notice: AttemptNotice) => void): AttemptReport {
  let lines: string[] = [];
  let count = 0;
  let published = false;
  let timer: NodeJS.Timeout | undefined;
  let later: (() => string) | undefined;
  const emit = (progress: Pick<AttemptNotice, 'postDone'>) => {
    clearTimeout(timer);
    timer = undefined;
    send({ lines, ...(published && { published }), ...progress });
    lines = [];
    published = false;
  };
  const flush = () => {
    writeLater();
    if (lines.length > 0 || published) emit({});
  };
  const keep = (line: string) => {
    lines.push(boundText(line));
    timer ??= setTimeout(flush, keptBackMs);
  };
  const add = (line: string) => {
    count += 1;
    if (count <= maxLines) keep(count === maxLines ? 'further lines are left out' : line);
  };
  // Called before anything else is told, so that all of it stays in order.
  const writeLater = () => {
    const write = later;
    later = undefined;
    if (write) add(write());
  };
  return {
    log: (...added) => {
      writeLater();
      for (const line of added) add(line);
    },
    logLater: (write) => {
      writeLater();
      later = write;
      setImmediate(writeLater);
    },
    logEnd: (...added) => {
      writeLater();
      for (const line of added) keep(line);
    },
    published: ({ atOnce }) => {
      published = true;
      if (atOnce) flush();
    },
    postDone: (nextIndex) => {
      writeLater();
      emit({ postDone: nextIndex });
    },
    flush,
  };
}
