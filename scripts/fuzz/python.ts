import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** What the user has to install before the fuzzer can be. */
export class MissingPython extends Error {}

/**
 * Gives the folder with the fuzzer's programs; the first call installs it into `.cache/`, by the digest of its pins.
 *
 * @throws MissingPython where there is no Python that can make an environment
 */
export function installFuzzer(): string {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(root, '.cache', `schemathesis-${digest}`);
  const bin = join(folder, 'bin');
  // Written last: a folder that an interrupted installation left has none.
  const finished = join(folder, 'finished');
  if (existsSync(finished)) return bin;
  console.log(`Installing the fuzzer into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  makeEnvironment(folder);
  execFileSync(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  writeFileSync(finished, '');
  return bin;
}

function makeEnvironment(folder: string): void {
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
  } catch (cause) {
    throw new MissingPython(
      'The fuzzer needs python3 (3.10 or newer) with its venv module. Install them and run this again, for example: apt-get install python3 python3-venv',
      { cause },
    );
  }
}

/** Runs a program to its end with its output on this terminal, and gives its exit code. */
export function runToEnd(program: string, args: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
