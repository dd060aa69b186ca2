import { spawnSync } from 'node:child_process';
import type { RunGit } from './deploy-commit.ts';

/** Longer than Git takes to look at a large work tree. */
const longestMs = 10_000;

/** Runs Git in a folder. It asks nobody anything, and takes no lock that another Git would wait for. */
export function gitIn(folder: string, env: Readonly<Record<string, string | undefined>>): RunGit {
  return (args) => {
    const { status, stdout } = spawnSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      env: { ...env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: longestMs,
      windowsHide: true,
    });
    return status === 0 ? stdout.trim() : undefined;
  };
}
