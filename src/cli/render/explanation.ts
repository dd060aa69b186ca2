import type { Explanation } from '../../contract/explanations.ts';
import { textWidth } from './text-width.ts';
import { formatTime } from './times.ts';
import { visibleText } from './visible.ts';
import { foldText } from './wrap.ts';

const instantShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/**
 * Writes an explanation: the sentence, what proves it, and the command that helps; `maxWidth` is a terminal's. Facts that
 * are instants are written in the user's time zone, the sentence stands as the server wrote it.
 */
export function explanationLines(
  { sentence, facts, command }: Explanation,
  { timeZone, maxWidth }: { readonly timeZone: string; readonly maxWidth: number | undefined },
): readonly string[] {
  const width = Math.max(...facts.map(({ name }) => name.length));
  return [
    foldText(visibleText(sentence), maxWidth),
    ...facts.map(({ name, value }) => `  ${name.padEnd(width)}  ${valueText(value, timeZone)}`),
    ...(command === null ? [] : [nextText(command, maxWidth)]),
  ];
}

/** Writes the command that helps; it is never broken, so that it can be copied, but may have a line of its own. */
export function nextText(command: string, maxWidth: number | undefined): string {
  const text = visibleText(command);
  const isWide = maxWidth !== undefined && textWidth('Next: ') + textWidth(text) > maxWidth;
  return `Next:${isWide ? '\n' : ' '}${text}`;
}

function valueText(value: string, timeZone: string): string {
  return instantShape.test(value) ? formatTime(value, { timeZone, precision: 'seconds' }) : visibleText(value);
}
