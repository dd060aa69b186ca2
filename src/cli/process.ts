import { userInfo } from 'node:os';
import { pause } from '../client/pause.ts';
import type { Io } from './io.ts';
import { main } from './main.ts';
import { systemZone } from './render/times.ts';

/**
 * Runs the command line for a real process and returns its exit code. The first Ctrl-C or SIGTERM asks it to end; a second
 * one ends it at once through `exitNow`, which is also how a closed stdout (`| head`) ends it, quietly.
 */
export async function runProcess(node: NodeJS.Process, exitNow: (exitCode: number) => void): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) exitNow(130);
    interrupt.abort();
  };
  node.on('SIGINT', onSignal);
  node.on('SIGTERM', onSignal);
  for (const stream of [node.stdout, node.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => exitNow(error.code === 'EPIPE' ? 0 : 1));
  }
  try {
    return await main(node.argv.slice(2), processIo(node, interrupt.signal));
  } finally {
    node.off('SIGINT', onSignal);
    node.off('SIGTERM', onSignal);
  }
}

function processIo(node: NodeJS.Process, signal: AbortSignal): Io {
  return {
    stdout: node.stdout,
    stderr: node.stderr,
    env: node.env,
    cwd: node.cwd(),
    isTty: node.stdout.isTTY === true,
    columns: node.stdout.columns,
    signal,
    timeZone: systemZone,
    now: () => new Date(),
    pause,
    userName: () => {
      try {
        return userInfo().username;
      } catch {
        // A container's numeric user may have no entry in the system's list.
        return undefined;
      }
    },
  };
}
