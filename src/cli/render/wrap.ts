import { textWidth } from './text-width.ts';

/** Breaks a text between words into lines of at most `width` cells; a longer word has a line of its own. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || textWidth(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/**
 * Breaks the lines of a text that are longer than a terminal of `maxWidth` cells between words, and indents what goes on. A
 * line with a command stays whole, so that it can be copied, and so does everything without `maxWidth`.
 */
export function foldText(text: string, maxWidth: number | undefined): string {
  if (maxWidth === undefined) return text;
  return text
    .split('\n')
    .flatMap((line) => foldLine(line, maxWidth))
    .join('\n');
}

function foldLine(line: string, maxWidth: number): readonly string[] {
  if (textWidth(line) <= maxWidth || /\bdli \w/.test(line)) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  // The lines that go on begin two cells further right.
  return wrapText(line.trim(), Math.max(1, maxWidth - indent.length - 2)).map((part, index) =>
    index === 0 ? `${indent}${part}` : `${indent}  ${part}`,
  );
}
