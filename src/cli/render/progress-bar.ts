import { formatDuration } from './times.ts';

/** How far something of many dates is. */
export interface ProgressState {
  readonly done: number;
  readonly total: number;
  readonly atWork: string | null;
  readonly ratePerSecond: number;
  /** Width of the terminal. */
  readonly columns: number;
}

const longestBar = 40;

/** Writes one line: a bar, dates done of all, the rate, the time left and the date at work, as far as they fit. */
export function progressBar({ done, total, atWork, ratePerSecond, columns }: ProgressState): string {
  const share = total === 0 ? 1 : done / total;
  const facts = [`${done}/${total} dates`, `${Math.floor(share * 100)} %`];
  if (ratePerSecond > 0) {
    facts.push(formatRate(ratePerSecond));
    if (done < total) facts.push(`${formatDuration((total - done) / ratePerSecond)} left`);
  }
  if (atWork !== null) facts.push(atWork);
  // The last cell stays free: writing there makes some terminals wrap.
  const room = columns - 1;
  while (facts.length > 1 && facts.join('  ').length > room) facts.pop();
  const text = facts.join('  ');
  const barWidth = Math.min(longestBar, room - text.length - 4);
  if (barWidth < 5) return text;
  const filled = Math.round(share * barWidth);
  return `[${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}]  ${text}`;
}

function formatRate(perSecond: number): string {
  return perSecond >= 1 ? `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s` : `${(perSecond * 60).toFixed(1)}/min`;
}
