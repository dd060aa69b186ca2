import type { Explanation } from '../../contract/explanations.ts';
import { visibleText } from './visible.ts';
import { foldText } from './wrap.ts';

/** Writes an explanation: the sentence, what proves it, and the command that helps; `maxWidth` is a terminal's. */
export function explanationLines({ sentence, facts, command }: Explanation, maxWidth?: number): readonly string[] {
  const width = Math.max(...facts.map(({ name }) => name.length));
  return [
    foldText(visibleText(sentence), maxWidth),
    ...facts.map(({ name, value }) => `  ${name.padEnd(width)}  ${visibleText(value)}`),
    ...(command === null ? [] : [`Next: ${visibleText(command)}`]),
  ];
}
