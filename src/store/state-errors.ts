import { DliError } from '../contract/errors.ts';

/** Makes the error for a state file that cannot be used: it is damaged, something else, or not to be opened. */
export function stateFileUnusable(file: string, cause: unknown): DliError {
  return new DliError('DLI-505', `The state file ${file} cannot be opened: ${messageOf(cause)}`, {
    hints: ['Restore it from a copy, or start with another data folder: dli server start --data DIR'],
    cause,
  });
}

/** SQLite's primary result codes CORRUPT (11) and NOTADB (26): https://sqlite.org/rescode.html */
const damage = new Set([11, 26]);

/** Finds SQLite's complaint about a damaged file in an error or in what caused it; undefined when there is none. */
export function damageOf(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'errcode' in error && damage.has(Number(error.errcode) & 0xff) ? error : damageOf(error.cause);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** SQLite's primary result codes READONLY (8), IOERR (10) and FULL (13), besides those of {@link damage}: https://sqlite.org/rescode.html */
const diskTrouble = new Set([...damage, 8, 10, 13]);

/** Tells whether an error is about the disk and not about the write that met it. */
export function isDiskTrouble(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && diskTrouble.has(Number(error.errcode) & 0xff);
}

/** Makes the error for a write that could not be stored. */
export function notStored(cause: unknown): DliError {
  const damage = damageOf(cause);
  if (damage) {
    return new DliError('DLI-500', `The server's state file is damaged, so nothing was changed: ${damage.message}`, {
      hints: [
        'Restore state.sqlite in the data folder (dli server status names it) from a copy, while the server is stopped',
      ],
      cause,
    });
  }
  return new DliError('DLI-500', `The server cannot write its state, so nothing was changed: ${messageOf(cause)}`, {
    hints: ['Free space on the disk of the data folder (dli server status names it), then try again'],
    cause,
  });
}
