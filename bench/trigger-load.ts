import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How many clients trigger at once. */
export const clients = 50;

/** What a load came to; latencies in milliseconds. */
export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/** Sends triggers from {@link clients} clients in a process of their own. */
export async function triggerLoad(
  url: string,
  { requests, datasets }: { readonly requests: number; readonly datasets: number },
): Promise<Load> {
  const script = new URL('./load-client.ts', import.meta.url).pathname;
  const { stdout } = await run(process.execPath, [script, url, String(requests), String(clients), String(datasets)]);
  return JSON.parse(stdout);
}
