import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Another program that holds a DuckDB file. */
export interface FileHolder {
  readonly pid: number;
  /** Lets go of the file and ends. */
  readonly release: () => Promise<void>;
}

const program = `
  import { DuckDBInstance } from '@duckdb/node-api';
  const instance = await DuckDBInstance.create(process.argv[1]);
  const connection = await instance.connect();
  process.stdout.write('held');
  process.stdin.resume();
  process.stdin.on('end', () => { connection.closeSync(); instance.closeSync(); });
`;

/** Starts another program, and returns when it holds the file. It lets go when this process ends, too. */
export async function holdFile(file: string): Promise<FileHolder> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, file], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), ended]);
  return {
    pid: child.pid ?? -1,
    release: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
