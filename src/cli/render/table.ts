import { padText, textWidth, truncateText } from './text-width.ts';
import { visibleLine } from './visible.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly header: string;
  readonly value: (row: Row) => string;
  /** Cells that the column takes even when its values are shorter. @default 0 */
  readonly minWidth?: number;
  /** Never shortened, as what is typed into the next command must not be; the line may be longer instead. @default false */
  readonly isWhole?: boolean;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
  /** Colours a value, after it was padded. @default as it is */
  readonly paint?: (text: string, row: Row) => string;
}

const gap = 2;
const indent = 2;
/** What a column that may be shortened keeps at the very least, and as long as it can still be read. */
const narrowest = 4;
const readable = 6;

interface Grid<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly cells: readonly (readonly string[])[];
}

/**
 * Writes a table for people, a line for each row below the headers. On a terminal of `maxWidth` cells columns give
 * up their least widths, then the widest that may be shortened are, until a row fits. Where that leaves nothing to read and
 * the first column has to be whole, it has a line of its own, with the others in lines below it. Without `maxWidth` nothing is cut.
 */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { maxWidth = Number.POSITIVE_INFINITY }: { readonly maxWidth?: number | undefined } = {},
): string {
  const cells = rows.map((row) => columns.map(({ value }) => visibleLine(value(row))));
  const grid = { columns, rows, cells };
  const widths = columnWidths(grid, { maxWidth, floor: readable });
  const fits = lineWidth(widths) <= maxWidth;
  if (fits) return textOf(gridLines(grid, widths));
  if (columns.length > 1 && columns[0]?.isWhole) return textOf(stackedLines(grid, maxWidth));
  return textOf(gridLines(grid, columnWidths(grid, { maxWidth, floor: narrowest })));
}

function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

/** The headers, then a line for each row. */
function gridLines<Row>({ columns, rows, cells }: Grid<Row>, widths: readonly number[]): readonly string[] {
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
  return [
    line(
      columns.map(({ header }) => header),
      (text) => text,
    ),
    ...rows.map((row, index) => line(cells[index] ?? [], (text, column) => column.paint?.(text, row) ?? text)),
  ];
}

/** A line for the first column, and below it one for as many of the others as fit, until all are there. */
function stackedLines<Row>(grid: Grid<Row>, maxWidth: number): readonly string[] {
  const blocks = blocksOf(grid, maxWidth - indent).map((block) =>
    gridLines(block, columnWidths(block, { maxWidth: maxWidth - indent, floor: narrowest })),
  );
  const firsts = [grid.columns[0]?.header ?? '', ...grid.cells.map(([first = '']) => first)];
  return firsts.flatMap((first, index) => [
    first,
    ...blocks.map((lines) => `${' '.repeat(indent)}${lines[index] ?? ''}`.trimEnd()),
  ]);
}

/** Divides the columns after the first into tables that need at most `maxWidth` cells each, unless one column alone does. */
function blocksOf<Row>({ columns, rows, cells }: Grid<Row>, maxWidth: number): readonly Grid<Row>[] {
  const part = (from: number, to: number): Grid<Row> => ({
    columns: columns.slice(from, to),
    rows,
    cells: cells.map((row) => row.slice(from, to)),
  });
  const blocks: Grid<Row>[] = [];
  for (let from = 1, to = 2; to <= columns.length; to += 1) {
    const isFull = to === columns.length || lineWidth(neededWidths(part(from, to + 1))) > maxWidth;
    if (!isFull) continue;
    blocks.push(part(from, to));
    from = to;
  }
  return blocks;
}

/** One number instead of thousands of arguments: `Math.max(...)` of a long list overflows the stack. */
function maxOf(numbers: readonly number[]): readonly number[] {
  return numbers.length === 0 ? [] : [numbers.reduce((most, each) => Math.max(most, each))];
}

function columnWidths<Row>(
  grid: Grid<Row>,
  { maxWidth, floor }: { readonly maxWidth: number; readonly floor: number },
): readonly number[] {
  const { columns } = grid;
  const needed = neededWidths(grid);
  const natural = needed.map((width, index) => Math.max(width, columns[index]?.minWidth ?? 0));
  if (lineWidth(natural) <= maxWidth) return natural;
  const widths = [...needed];
  while (lineWidth(widths) > maxWidth) {
    const widest = Math.max(...widths.filter((_, index) => !columns[index]?.isWhole));
    if (widest <= floor) break;
    widths[widths.findIndex((width, index) => width === widest && !columns[index]?.isWhole)] = widest - 1;
  }
  return widths;
}

/** The cells that each column needs for its header and its widest value. */
function neededWidths<Row>({ columns, cells }: Grid<Row>): readonly number[] {
  return columns.map(({ header }, index) =>
    Math.max(textWidth(header), ...maxOf(cells.map((row) => textWidth(row[index] ?? '')))),
  );
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gap, -gap);
}
