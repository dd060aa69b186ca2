import { styleText } from 'node:util';

const columns = 80;

/** Prints a heading, underlined. */
export function printHeading(text: string): void {
  process.stdout.write(`\n${style('bold', text)}\n${style('dim', '─'.repeat(text.length))}\n`);
}

/** Prints sentences for the reader, a line each. */
export function printText(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints a command as it is typed, broken with backslashes where it does not fit into 80 columns. */
export function printCommand(argv: readonly string[]): void {
  const lines = ['$'];
  for (const part of withValues(argv)) {
    const line = lines.at(-1) ?? '';
    // Two columns stay free for the backslash.
    if (line.length + 1 + part.length <= columns - 2) lines[lines.length - 1] = `${line} ${part}`;
    else lines.push(`    ${part}`);
  }
  process.stdout.write(`\n${style('cyan', lines.join(' \\\n'))}\n`);
}

/** Joins each option with its value, so that a line is not broken between them. */
function withValues(argv: readonly string[]): readonly string[] {
  const parts: string[] = [];
  for (const word of argv) {
    const before = parts.at(-1);
    if (before?.startsWith('-') && !before.includes(' ') && !word.startsWith('-'))
      parts[parts.length - 1] += ` ${word}`;
    else parts.push(word);
  }
  return parts;
}

/** Colours a text on a terminal and leaves it as it is elsewhere. */
export function style(format: 'bold' | 'dim' | 'cyan' | 'green' | 'red', text: string): string {
  return styleText(format, text, { stream: process.stdout });
}
