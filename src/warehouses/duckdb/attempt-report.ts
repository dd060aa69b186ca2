import type { AttemptNotice } from './child-protocol.ts';

/** What an attempt tells while it goes on. */
export interface AttemptReport {
  readonly log: (line: string) => void;
  readonly published: () => void;
  readonly postDone: (nextIndex: number) => void;
  /** Sends what is still kept back. */
  readonly flush: () => void;
}

const maxLines = 1_000;
const maxCharacters = 2_000;
// A message costs more than what is in it, so the lines of a fast attempt travel together.
const keptBackMs = 50;

/**
 * Sends an attempt's reports in order and bounded: a statement's error can be of any size, and a text can have any number
 * of statements, so long lines are cut and after {@link maxLines} one line says that the rest is left out.
 */
export function reportAttempt(send: (notice: AttemptNotice) => void): AttemptReport {
  let lines: string[] = [];
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  const emit = (progress: Omit<AttemptNotice, 'lines'>) => {
    clearTimeout(timer);
    timer = undefined;
    send({ lines, ...progress });
    lines = [];
  };
  const flush = () => {
    if (lines.length > 0) emit({});
  };
  return {
    log: (line) => {
      count += 1;
      if (count > maxLines) return;
      const cut = line.length > maxCharacters ? `${line.slice(0, maxCharacters)}…` : line;
      lines.push(count === maxLines ? 'further lines are left out' : cut);
      timer ??= setTimeout(flush, keptBackMs);
    },
    published: () => emit({ published: true }),
    postDone: (nextIndex) => emit({ postDone: nextIndex }),
    flush,
  };
}
