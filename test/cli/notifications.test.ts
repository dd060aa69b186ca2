import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { HttpReceiver } from '../fakes/http-receiver.ts';
import { dli } from './dli.ts';

const dataset = 'a.b.daily';
const receiver = new HttpReceiver();
let folder: string;
let url: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-notifications-'));
  url = await receiver.open();
  receiver.answer = ({ path }) => ({ status: path === '/bad' ? 404 : 200 });
  const env = {
    BASECAMP_NOTIFICATIONS_WEBHOOK_SECRET: 'a secret of 24 characters',
    BASECAMP_NOTIFICATIONS_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
  };
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env });
});
afterAll(async () => {
  await server.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

const workflow = (...argv: string[]) =>
  dli(['workflow', ...argv], { cwd: folder, env: { DLI_SERVER_URL: server.url } });

async function register(targets: string): Promise<string> {
  const head = `name: ${dataset}\nowner: me@example.com\nteam: t\nquery_statement: SELECT error('no flights')\n`;
  const text = `${head}schedule: {cron: "0 9 * * *", notifications: {on_failure: ${targets}}}\n`;
  writeFileSync(join(folder, 'spec.yaml'), text);
  const { exitCode, stderr } = await workflow('register', 'spec.yaml', '--force');
  expect(exitCode).toBe(0);
  return stderr;
}

/** Waits until nothing waits to be delivered: a receiver has a message a little before the server has noted that. */
async function allDelivered(): Promise<void> {
  while ((await workflow('notifications')).stdout.includes(' waiting ')) await new Promise(setImmediate);
}

const webhook = (path: string) => `{type: webhook, channel: "${url}${path}"}`;

describe('dli workflow notifications', () => {
  it('lists who was told what, and what was given up with its reason and id', async () => {
    expect(await workflow('notifications')).toMatchObject({ exitCode: 0, stderr: 'No such notifications\n' });
    await register(`[${webhook('/good')}, ${webhook('/bad')}]`);
    expect(await workflow('run', dataset, '--wait')).toMatchObject({ exitCode: 1 });
    await receiver.until(({ length }) => length === 2);
    await allDelivered();
    const { stdout } = await workflow('notifications', '-d', dataset);
    expect(stdout).toMatch(/^CREATED +STATUS +TO +WHAT\n/);
    expect(stdout).toMatch(/ delivered +webhook \S+\/good +a\.b\.daily failed\n/);
    const failed = await workflow('notifications', '--failed');
    expect(failed.stdout).toMatch(/ given up +webhook \S+\/bad .* n_[0-9a-f]{24} +1 +the target answered 404\n$/);
    expect(failed.stdout).not.toContain('/good');
    expect((await workflow('notifications', '-d', 'other')).stderr).toBe('No such notifications\n');
  });

  it('sends again what was given up, one or all', async () => {
    receiver.answer = () => ({ status: 200 });
    const { stdout } = await workflow('notifications', '--failed', '--format', 'json');
    const [{ id }] = JSON.parse(stdout).items;
    expect(await workflow('notifications', '--resend', id)).toMatchObject({
      exitCode: 0,
      stdout: `Notification waits to be sent again: ${id}\n`,
    });
    await receiver.until(({ length }) => length === 3);
    await allDelivered();
    expect(receiver.requests.at(-1)?.body).toContain(id);
    expect(await workflow('notifications', '--resend-all')).toMatchObject({
      exitCode: 0,
      stdout: 'Notifications that wait to be sent again: 0\n',
    });
    expect(await workflow('notifications', '--resend', id)).toMatchObject({ exitCode: 5 });
  });

  it('sends a test message, and fails when a target does not take it', async () => {
    receiver.answer = ({ path }) => ({ status: path === '/bad' ? 404 : 200 });
    expect(await workflow('notifications', 'test', dataset)).toEqual({
      exitCode: 1,
      stdout: `Test message to webhook ${url}/good: delivered\nTest message to webhook ${url}/bad: given up: the target answered 404\n`,
      stderr: '',
    });
    await register(`[${webhook('/good')}]`);
    expect(await workflow('notifications', 'test', dataset)).toMatchObject({ exitCode: 0 });
  });

  it('warns of a channel that is not configured when it is registered', async () => {
    const warning = await register(`[${webhook('/good')}, {type: slack, channel: "#a"}]`);
    expect(warning).toContain('Warning: The spec notifies by slack, and the server has no notifications.slack');
    expect(warning).not.toContain('by webhook');
    expect((await workflow('validate', 'spec.yaml')).stderr).toContain(
      'Warning: Whether the server can notify by webhook and slack shows when the spec is registered',
    );
  });

  it.each([
    [['test'], "'test' is not expected"],
    [['tset', dataset], `'tset ${dataset}' is not expected`],
    [[dataset], `'${dataset}' is not expected`],
  ])('%j is DLI-400 with what was meant', async (words, message) => {
    const { exitCode, stderr } = await workflow('notifications', ...words);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Error [DLI-400]: ${message}\n  Send a test message: dli workflow notifications test`);
  });
});
