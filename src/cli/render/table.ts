import { padText, textWidth, truncateText } from './text-width.ts';
import { visibleLine } from './visible.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly header: string;
  readonly value: (row: Row) => string;
  /** Cells that the column takes even when its values are shorter. @default 0 */
  readonly minWidth?: number;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
  /** Colours a value, after it was padded. @default as it is */
  readonly paint?: (text: string, row: Row) => string;
}

const gap = 2;
const narrowest = 4;

/**
 * Writes a table for people, a line for each row below the headers. On a terminal of `maxWidth` cells the widest columns are
 * shortened until a row fits; without `maxWidth` nothing is.
 */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { maxWidth }: { readonly maxWidth?: number | undefined } = {},
): string {
  const cells = rows.map((row) => columns.map(({ value }) => visibleLine(value(row))));
  const natural = columns.map(({ header, minWidth = 0 }, index) =>
    Math.max(minWidth, textWidth(header), ...maxOf(cells.map((row) => textWidth(row[index] ?? '')))),
  );
  const widths = maxWidth === undefined ? natural : fittedWidths(natural, maxWidth);
  const line = (texts: readonly string[], paint: (text: string, column: Column<Row>) => string) =>
    texts
      .map((text, index) => {
        const column = columns[index];
        const width = widths[index] ?? 0;
        if (!column) return '';
        const shown = truncateText(text, width);
        const isLast = index === columns.length - 1 && column.align !== 'right';
        return paint(isLast ? shown : padText(shown, { width, align: column.align ?? 'left' }), column);
      })
      .join(' '.repeat(gap))
      .trimEnd();
  const lines = [
    line(
      columns.map(({ header }) => header),
      (text) => text,
    ),
    ...rows.map((row, index) => line(cells[index] ?? [], (text, column) => column.paint?.(text, row) ?? text)),
  ];
  return `${lines.join('\n')}\n`;
}

/** One number instead of thousands of arguments: `Math.max(...)` of a long list overflows the stack. */
function maxOf(numbers: readonly number[]): readonly number[] {
  return numbers.length === 0 ? [] : [numbers.reduce((most, each) => Math.max(most, each))];
}

function fittedWidths(natural: readonly number[], maxWidth: number): readonly number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, width) => sum + width + gap, -gap);
  while (total() > maxWidth) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}
