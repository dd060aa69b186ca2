import type { Backfill } from '../contract/backfills.ts';
import type { CommandContext } from './context.ts';
import { datesDone } from './render/backfill.ts';
import { progressBar } from './render/progress-bar.ts';

/** Shows how a backfill goes on, with lines of text between; `close` leaves the terminal clean. */
export interface Progress {
  readonly update: (backfill: Backfill) => void;
  /** The text must be safe to print. */
  readonly note: (text: string) => void;
  readonly close: () => void;
}

/** Makes the progress display that fits the output: a bar that is drawn over on a terminal, a few plain lines elsewhere. */
export function createProgress(context: CommandContext): Progress {
  return context.io.isTty && context.format === 'table' ? barProgress(context) : lineProgress(context);
}

function barProgress({ io }: CommandContext): Progress {
  const startedAt = io.now().getTime();
  let doneAtStart: number | undefined;
  const clearLine = '\r\u001b[2K';
  return {
    update: (backfill) => {
      const done = datesDone(backfill);
      // Dates that were done before this display began say nothing of the rate.
      doneAtStart ??= done;
      const elapsedSeconds = (io.now().getTime() - startedAt) / 1000;
      const bar = progressBar({
        done,
        total: backfill.total_runs,
        atWork: datesAtWork(backfill),
        ratePerSecond: elapsedSeconds > 0 ? (done - doneAtStart) / elapsedSeconds : 0,
        columns: io.columns ?? 80,
      });
      io.stdout.write(`${clearLine}${bar}`);
    },
    note: (text) => io.stdout.write(`${clearLine}${text}\n`),
    close: () => io.stdout.write(clearLine),
  };
}

/** The date at work, and how many others are. */
function datesAtWork({ current_date, current_dates }: Backfill): string | null {
  return current_dates.length > 1 ? `${current_date} +${current_dates.length - 1}` : current_date;
}

function lineProgress({ say }: CommandContext): Progress {
  let lastTenth = 0;
  return {
    update: (backfill) => {
      const done = datesDone(backfill);
      const tenth = Math.floor((done * 10) / backfill.total_runs);
      if (backfill.total_runs === 0 || tenth === lastTenth) return;
      lastTenth = tenth;
      const dates = datesAtWork(backfill);
      const atWork = dates === null ? '' : `, at work: ${dates}`;
      say(`${done}/${backfill.total_runs} dates${atWork}`);
    },
    note: say,
    close: () => undefined,
  };
}
