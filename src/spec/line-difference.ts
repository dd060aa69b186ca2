import { structuredPatch } from 'diff';

/** Lines that a difference shows. */
const mostLines = 40;
/** Unchanged lines around each change. */
const context = 2;
/** Edits after which two texts are called different as a whole: finding the shortest way between them takes its square. */
const mostEdits = 2_000;

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
