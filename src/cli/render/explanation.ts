import type { Explanation } from '../../contract/explanations.ts';
import { visibleText } from './visible.ts';

/** Writes an explanation: the sentence, what proves it, and the command that helps. */
export function explanationLines({ sentence, facts, command }: Explanation): readonly string[] {
  const width = Math.max(...facts.map(({ name }) => name.length));
  return [
    visibleText(sentence),
    ...facts.map(({ name, value }) => `  ${name.padEnd(width)}  ${visibleText(value)}`),
    ...(command === null ? [] : [`Next: ${visibleText(command)}`]),
  ];
}
