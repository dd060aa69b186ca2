import { style } from './terminal.ts';

/** One bar: `share` of the whole, 0 to 1. */
export interface Bar {
  readonly label: string;
  readonly share: number;
}

const longest = 40;

/** Writes bars, a line each; the longest fills its column. */
export function barLines(bars: readonly Bar[]): readonly string[] {
  const labelWidth = Math.max(...bars.map(({ label }) => label.length));
  const most = Math.max(...bars.map(({ share }) => share));
  return bars.map(({ label, share }) => {
    const length = most === 0 ? 0 : Math.round((share / most) * longest);
    return `${label.padEnd(labelWidth)}  ${style('cyan', '█'.repeat(length))} ${Math.round(share * 100)} %`;
  });
}
