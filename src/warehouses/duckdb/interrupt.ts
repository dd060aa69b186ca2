import type { DuckDBConnection } from '@duckdb/node-api';

const repeatMs = 20;

/**
 * Interrupts `connection` when `signal` aborts, until `task` has settled. Again and again, because DuckDB forgets an
 * interrupt that arrives between two statements.
 */
export async function interruptOnAbort<Result>(
  connection: DuckDBConnection,
  signal: AbortSignal,
  task: () => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  let repeat: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    repeat = setInterval(() => connection.interrupt(), repeatMs);
  };
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await task();
  } finally {
    signal.removeEventListener('abort', interrupt);
    clearInterval(repeat);
  }
}
