import { structuredPatch } from 'diff';

/** Lines that a difference shows. */
const mostLines = 40;
/** Unchanged lines around each change. */
const context = 2;
/**
 * Edits (lines that go or come) after which two texts are called different as a whole: finding the shortest way between them
 * takes its square. 200 take 10 ms, 2,000 up to seconds, in which the server answers nobody.
 */
const mostEdits = 200;

/** The changed lines of a text, as a unified diff without a header, at most 40 of them. */
export function lineDifference(before: string, after: string): readonly string[] {
  const options = { context, maxEditLength: mostEdits };
  const patch = structuredPatch('', '', `${before.trim()}\n`, `${after.trim()}\n`, '', '', options);
  if (!patch) return ['(too much has changed to be shown)'];
  const lines = patch.hunks.flatMap(({ lines: hunk, oldStart, oldLines, newStart, newLines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...hunk,
  ]);
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines - 1), `… ${lines.length - mostLines + 1} more lines`];
}
