import { type DliError, formatPlace, type Problem } from '../../contract/errors.ts';
import type { Paint } from './paint.ts';
import { visibleText } from './visible.ts';
import { foldText } from './wrap.ts';

/** Writes an error for people: `Error [DLI-810]: …`, then the places and the hints, indented; `maxWidth` is a terminal's. */
export function renderError(error: DliError, paint: Paint, maxWidth?: number): string {
  const places = error.problems.flatMap((problem) => unsaidOf(problem, error.message));
  const lines = [...places, ...error.hints];
  const below = lines.map((line) => `${foldText(`  ${indented(visibleText(line))}`, maxWidth)}\n`).join('');
  const title = `Error [${error.code}]:`;
  const first = foldText(`${title} ${indented(visibleText(error.message))}`, maxWidth);
  return `${paint.red(title)}${first.slice(title.length)}\n${below}`;
}

/** What of a problem the message does not say already: both, only the place, or nothing. */
function unsaidOf(problem: Problem, message: string): readonly string[] {
  if (!message.includes(problem.message)) return [renderProblem(problem)];
  const place = formatPlace(problem);
  return place === '' || message.includes(`(${place})`) ? [] : [place];
}

/** Writes one place that is wrong: `file:line:column: message`. */
export function renderProblem(problem: Problem): string {
  const place = formatPlace(problem);
  return place === '' ? problem.message : `${place}: ${problem.message}`;
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n  ');
}
