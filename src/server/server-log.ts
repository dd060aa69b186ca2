import { join } from 'node:path';
import { pino } from 'pino';

/** The server's own log, for its operator: one JSON object a line. */
export interface ServerLog {
  info(line: string): void;
  error(line: string, details: { readonly error: unknown; readonly id?: string }): void;
}

/** Opens `basecamp.log` in the data folder. */
export function openServerLog(dataDir: string): ServerLog {
  const logger = pino(pino.destination({ dest: join(dataDir, 'basecamp.log'), sync: true }));
  return {
    info: (line) => logger.info(line),
    error: (line, { error, id }) => logger.error({ err: error, id }, line),
  };
}
