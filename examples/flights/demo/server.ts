import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DemoFault } from './demo-fault.ts';
import { dayBackFile, dliFile, exampleFolder } from './places.ts';
import { printCommand, printText } from './terminal.ts';

/** A server in a process of its own. */
export interface DemoServer {
  readonly url: string;
  readonly port: string;
  readonly pid: number;
  /** Stops it as Ctrl-C does; does nothing when it has ended. */
  stop(): Promise<void>;
  /** Kills it without a warning, as a power cut would. */
  kill(): Promise<void>;
}

const stopGraceMs = 10_000;

/** Starts `dli server start`, prints what it says, and waits until it accepts requests; port 0 takes a free one. */
export async function startServer({
  dataDir,
  port,
  secret,
  isDayBack = false,
}: {
  /** What it signs webhooks with. */
  readonly secret: string;
  readonly dataDir: string;
  readonly port: string;
  /** Its clock runs a day behind. @default false */
  readonly isDayBack?: boolean;
}): Promise<DemoServer> {
  const argv = ['server', 'start', '--config', 'basecamp.yaml', '--data', dataDir, '--port', port];
  printCommand(['dli', ...argv]);
  const preload = isDayBack ? ['--import', dayBackFile] : [];
  const child = spawn(process.execPath, [...preload, dliFile, ...argv], {
    cwd: exampleFolder,
    env: {
      ...process.env,
      BASECAMP_NOTIFICATIONS_WEBHOOK_SECRET: secret,
      // The demo's receiver is on this machine.
      BASECAMP_NOTIFICATIONS_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const url = await readUrl(child).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  if (child.pid === undefined) throw new DemoFault('the server has no process');
  return {
    url,
    port: new URL(url).port,
    pid: child.pid,
    stop: async () => {
      if (isEnded(child)) return;
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), stopGraceMs);
      await ended;
      clearTimeout(hard);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Prints the server's first lines and finds its URL in them. The last of them says how to stop it. */
async function readUrl(child: ChildProcess): Promise<string> {
  if (!child.stdout || !child.stderr) throw new DemoFault('the server has no output');
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += String(chunk);
  });
  let url: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    printText(line);
    url ??= /^Basecamp is ready: (\S+)$/.exec(line)?.[1];
    if (url !== undefined && line.startsWith('Stop with')) return url;
  }
  throw new DemoFault(`the server did not start:\n${complaint}`);
}

function isEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
