import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { DliError } from '../contract/errors.ts';

/** The server's own log, for its operator: one JSON object a line. */
export interface ServerLog {
  info(line: string): void;
  error(line: string, details: { readonly error: unknown; readonly id?: string }): void;
}

/** Opens `basecamp.log` in the data folder. A line that cannot be written is dropped. @throws DLI-505 when it cannot be opened */
export function openServerLog(dataDir: string): ServerLog {
  const file = openForAppending(join(dataDir, 'basecamp.log'));
  const logger = pino({}, { write: (line: string) => writeOrDrop(file, line) });
  return {
    info: (line) => logger.info(line),
    error: (line, { error, id }) => logger.error({ err: error, id }, line),
  };
}

function openForAppending(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (cause) {
    throw new DliError('DLI-505', `The server's log ${path} cannot be opened: ${String(cause)}`, {
      hints: ['Free space and check who may write there, or give another folder: dli server start --data DIR'],
      cause,
    });
  }
}

// What is logged on a full disk is that it is full: that must not take the server down. (pino's own destination would.)
function writeOrDrop(file: number, line: string): void {
  try {
    writeSync(file, line);
  } catch {
    return;
  }
}
