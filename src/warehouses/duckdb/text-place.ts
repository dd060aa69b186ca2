/** A line and a column of a text, both from 1, or null when they are not known. */
export interface TextPlace {
  readonly line: number | null;
  readonly column: number | null;
}

/** Where it is not known. */
export const unknownPlace: TextPlace = { line: null, column: null };

/** Turns an index into `text` into its line and column. */
export function placeOfIndex(text: string, index: number): TextPlace {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 };
}

/** Turns a byte offset into the UTF-8 of `text`, as DuckDB counts, into its line and column. */
export function placeOfByte(text: string, offset: number): TextPlace {
  return placeOfIndex(text, Buffer.from(text).subarray(0, offset).toString().length);
}
