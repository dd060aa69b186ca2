/** Lines and characters that one attempt may log: a statement's text or an error can be of any size. */
const maxLines = 1_000;
const maxCharacters = 2_000;

/** Bounds what an attempt logs: long lines are cut, and after {@link maxLines} one line says that the rest is left out. */
export function boundedLog(write: (line: string) => void): (line: string) => void {
  let lines = 0;
  return (line) => {
    lines += 1;
    if (lines > maxLines) return;
    if (lines === maxLines) return write('further lines are left out');
    write(line.length > maxCharacters ? `${line.slice(0, maxCharacters)}…` : line);
  };
}
