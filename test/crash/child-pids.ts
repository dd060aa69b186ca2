import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

interface Child {
  readonly pid: number;
  readonly command: string;
}

/** Lists the children of a process: from /proc where there is one (small images lack `ps`), else from `ps`. */
async function childrenOf(pid: number): Promise<readonly Child[]> {
  try {
    const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
    return await Promise.all(pids.map(async (child) => ({ pid: Number(child), command: await commandOf(child) })));
  } catch {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']).catch(() => ({ stdout: '' }));
    return stdout.split('\n').flatMap((line) => {
      const [, child, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return Number(parent) === pid ? [{ pid: Number(child), command }] : [];
    });
  }
}

function commandOf(pid: string): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

const entries = { warehouse: 'duckdb-child', compiler: 'compiler-child' } as const;

/** Finds the warehouse's or the compiler's process of a server; undefined when none runs now. */
export async function childPidOf(serverPid: number, child: keyof typeof entries): Promise<number | undefined> {
  const children = await childrenOf(serverPid);
  return children.find(({ command }) => command.includes(entries[child]))?.pid;
}

/** Waits until a server has a warehouse process other than `before`. */
export function nextWarehousePid(serverPid: number, before?: number): Promise<number> {
  return nextChildPid(serverPid, { child: 'warehouse', before });
}

/** Waits until a process has a child other than `before`. The system tells nobody when one starts, so this looks. */
export async function nextChildPid(
  parentPid: number,
  { child, before }: { readonly child: keyof typeof entries; readonly before: number | undefined },
): Promise<number> {
  for (;;) {
    const pid = await childPidOf(parentPid, child);
    if (pid !== undefined && pid !== before) return pid;
    await pause(2);
  }
}

/** Tells whether a process is at work; one that is dead and waits to be collected by a lazy init is not. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(stat);
}

/** Waits until a process is gone. @throws when it is still there after about ten seconds */
export async function untilGone(pid: number): Promise<void> {
  for (let look = 0; look < 2_000; look += 1) {
    if (!(await isAlive(pid))) return;
    await pause(5);
  }
  throw new Error(`process ${pid} has outlived its server`);
}
