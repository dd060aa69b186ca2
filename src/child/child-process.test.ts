import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { ChildLostError, ChildProcess } from './child-process.ts';
import { childEntry } from './entry.ts';

const entry = new URL('./echo-child.suite.ts', import.meta.url);
let started: ChildProcess[] = [];
const start = (...options: ConstructorParameters<typeof ChildProcess> extends [URL, ...infer Rest] ? Rest : never) => {
  const child = new ChildProcess(entry, ...options);
  started.push(child);
  return child;
};
afterEach(async () => {
  await Promise.all(started.map((child) => child.kill()));
  started = [];
});

describe('ChildProcess', () => {
  it('answers calls, also many at a time, with what structured clone can carry', async () => {
    const child = start();
    const inputs = [1n, new Date(0), new Map([['a', undefined]]), 'x'.repeat(1_000_000), null];
    expect(await Promise.all(inputs.map((input) => child.call('echo', input)))).toEqual(inputs);
  });

  it('passes notices on in order and before the result', async () => {
    const seen: unknown[] = [];
    seen.push(await start().call('count', 3, (number) => seen.push(number)));
    expect(seen).toEqual([1, 2, 3, 'done']);
  });

  it('hands a DliError over as one, and any other error with its message', async () => {
    const child = start();
    const refusal = await child.call('refuse', null).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DliError);
    expect(refusal).toMatchObject({ code: 'DLI-815', message: 'no', hints: ['say yes'], problems: [{ line: 2 }] });
    await expect(child.call('break', null)).rejects.toThrow('a bug');
    await expect(child.call('nothing', null)).rejects.toThrow('no method nothing');
    expect(await child.call('echo', 'still here')).toBe('still here');
  });

  it('rejects what is under way and what comes later when the process dies, and says how', async () => {
    const child = start();
    const waiting = child.call('never', null).catch((error: unknown) => error);
    await expect(child.call('die', 'out of luck')).rejects.toBeInstanceOf(ChildLostError);
    expect(await waiting).toMatchObject({
      exit: { description: 'signal SIGKILL', stderr: 'out of luck\n', fromOutside: true },
    });
    expect(child.isRunning).toBe(false);
    await expect(child.call('echo', 1)).rejects.toBeInstanceOf(ChildLostError);
  });

  it('says so when the process does not start', async () => {
    const child = start({ cwd: '/nowhere/at/all' });
    await expect(child.call('echo', 1)).rejects.toThrow(/ENOENT/);
    await child.kill();
  });

  it('rejects a call that cannot be sent and goes on', async () => {
    const child = start();
    await expect(child.call('echo', () => undefined)).rejects.toThrow(/could not be cloned/);
    expect(await child.call('echo', 1)).toBe(1);
  });

  it('sends the others of what is asked in one go, when one of them cannot be sent', async () => {
    const child = start();
    const inputs = [1, () => undefined, 2];
    expect(await Promise.allSettled(inputs.map((input) => child.call('echo', input)))).toMatchObject([
      { value: 1 },
      { reason: { message: expect.stringContaining('could not be cloned') } },
      { value: 2 },
    ]);
  });

  it('keeps the order of what is told in one go, when one of it cannot be sent', async () => {
    const child = start();
    for (const words of ['one', () => undefined, 'two']) child.tell('note', words);
    expect(await child.call('noted', null)).toEqual(['one', 'two']);
  });

  it('rejects what was asked and not sent yet when the child is ended', async () => {
    const child = start();
    await child.call('echo', 1);
    const asked = [child.call('echo', 2), child.call('echo', 3)];
    const ended = child.kill();
    asked.push(child.call('echo', 4));
    for (const { reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[])
      expect(reason).toBeInstanceOf(ChildLostError);
    await ended;
  });

  it('tells the child what it does not answer, in order with what it does', async () => {
    const child = start();
    child.tell('note', 'one');
    const between = child.call('noted', null);
    child.tell('note', 'two');
    expect([await between, await child.call('noted', null)]).toEqual([['one'], ['one', 'two']]);
  });

  it.each(['break', 'breakLater'])(
    'ends the child when what it does not answer goes wrong in it: %s',
    async (method) => {
      const child = start();
      child.tell(method, null);
      const { description, stderr } = await child.ended;
      expect(description).toBe('exit code 1');
      expect(stderr).toContain('a bug');
      child.tell('note', 'too late');
      expect(child.isRunning).toBe(false);
    },
  );

  it('runs in the folder it is given and sees nothing of the environment but what it is given', async () => {
    const child = start({ cwd: tmpdir(), env: { EXTRA: '1' } });
    expect(await child.call('folder', null)).toBe(realpathSync(tmpdir()));
    const allowed = ['EXTRA', 'HOME', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'PATH', 'TZ'];
    expect(allowed).toEqual(expect.arrayContaining(await child.call<string[]>('environment', null)));
  });

  it('ends when its parent is killed, even while it is busy', async () => {
    const program = `
      import { ChildProcess } from ${JSON.stringify(new URL('./child-process.ts', import.meta.url).href)};
      const child = new ChildProcess(new URL(${JSON.stringify(entry.href)}));
      await child.call('echo', 1);
      child.call('never', null);
      process.stdout.write(String(child.pid));`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // The child inherits nothing of these pipes; they close with the parent.
    const [text] = await once(parent.stdout, 'data');
    parent.kill('SIGKILL');
    await once(parent, 'close');
    await gone(Number(text));
  });
});

describe('childEntry', () => {
  it('is the source beside source and the bundle beside a bundle', () => {
    const names = { source: './x.ts', built: './x.js' };
    expect(childEntry('file:///a/src/y.ts', names).href).toBe('file:///a/src/x.ts');
    expect(childEntry('file:///a/dist/y.js', names).href).toBe('file:///a/dist/x.js');
  });
});

/** Resolves when no process has this id any more. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // An orphan that nobody has reaped yet has ended all the same.
    return !existsSync('/proc/self') || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
