/** Most characters of a line that are shown. */
const width = 100;

/**
 * Shows the line of an SQL text that an error is in, with its number, and a caret under the place, as compilers do; no
 * lines when the place is not known. Line and column count from 1, columns in characters.
 */
export function sqlExcerpt(
  sql: string,
  { line, column }: { readonly line: number | null; readonly column: number | null },
): readonly string[] {
  const text = line === null ? undefined : sql.split('\n')[line - 1];
  if (text === undefined) return [];
  // One column each, so that the caret stands below its place.
  const characters = [...text.trimEnd()].map((character) => (/\s|\p{Cc}/u.test(character) ? ' ' : character));
  const from = Math.max(0, Math.min((column ?? 1) - 1 - width / 2, characters.length - width));
  const cut = characters.slice(from, from + width);
  const shown = `${from > 0 ? '…' : ''}${cut.join('')}${from + width < characters.length ? '…' : ''}`;
  const number = String(line);
  if (column === null) return [`  ${number} | ${shown}`];
  const before = column - 1 - from + (from > 0 ? 1 : 0);
  return [`  ${number} | ${shown}`, `  ${' '.repeat(number.length)} | ${' '.repeat(before)}^`];
}
