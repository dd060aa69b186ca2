import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BasecampClient } from '../src/client/basecamp-client.ts';

const binary = new URL('../bin/dli.js', import.meta.url).pathname;

/** A server in a process of its own, as users run it. */
export interface BenchServer {
  readonly url: string;
  readonly client: BasecampClient;
  readonly process: ChildProcess;
  /** Milliseconds from the start of the process to its first line. */
  readonly readyMs: number;
  close(): Promise<void>;
}

/**
 * Starts the built server on a free port with a temporary data folder, which `prepare` may fill before, or with one that
 * is kept.
 */
export async function startBenchServer({
  config,
  prepare,
  dataDir: kept,
  env = {},
}: {
  readonly config?: string;
  readonly prepare?: (dataDir: string) => Promise<void>;
  readonly dataDir?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
} = {}): Promise<BenchServer> {
  const dataDir = kept ?? mkdtempSync(join(tmpdir(), 'dli-bench-'));
  await prepare?.(dataDir);
  const startedAt = performance.now();
  const flags = [
    'server',
    'start',
    '--port',
    '0',
    '--data',
    dataDir,
    ...(config === undefined ? [] : ['--config', config]),
  ];
  const child = spawn(process.execPath, [binary, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const url = /http:\S+/.exec(first)?.[0] ?? '';
  return {
    url,
    client: new BasecampClient({ url, actor: 'bench' }),
    process: child,
    readyMs: performance.now() - startedAt,
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      if (kept === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
