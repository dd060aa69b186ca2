import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpReceiver } from '../fakes/http-receiver.ts';
import { MailReceiver } from '../fakes/mail-receiver.ts';
import {
  allNotifications,
  failingSpec,
  failRuns,
  receivedIn,
  webhookConfig,
  wrongDeliveries,
} from './notification-load.ts';
import { Sandbox } from './sandbox.ts';

const dataset = 'iceberg.told.failing';
const sandboxes: Sandbox[] = [];
let receiver: HttpReceiver;
let url: string;
let port: number;

beforeEach(async () => {
  receiver = new HttpReceiver();
  url = await receiver.open();
  port = Number(new URL(url).port);
});
afterEach(async () => {
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.dispose()));
  await receiver.close();
});

function open(config = webhookConfig): Sandbox {
  const sandbox = new Sandbox(config);
  sandboxes.push(sandbox);
  return sandbox;
}

describe('a failure is told although the server is killed', () => {
  it('before the delivery: the next server delivers it', async () => {
    const sandbox = open();
    const first = await sandbox.startServer();
    await receiver.close();
    await first.client.workflow.register({ spec: failingSpec(dataset, [{ type: 'webhook', channel: url }]) });
    await failRuns(first.client, [dataset], 1);
    await first.kill();
    await receiver.open(port);
    const second = await sandbox.startServer();
    await receiver.until(({ length }) => length === 1);
    const [{ id, run_id } = expect.unreachable()] = await allNotifications(second.client);
    expect(receivedIn(receiver.requests)).toMatchObject([{ id, run_id, dataset_name: dataset }]);
  });

  it('after the target has it but before the server knows: it comes again, with the same id', async () => {
    const sandbox = open();
    const first = await sandbox.startServer();
    receiver.answer = () => undefined;
    await first.client.workflow.register({ spec: failingSpec(dataset, [{ type: 'webhook', channel: url }]) });
    await failRuns(first.client, [dataset], 1);
    await receiver.until(({ length }) => length === 1);
    await first.kill();
    receiver.answer = () => ({ status: 200 });
    const second = await sandbox.startServer();
    await receiver.until(({ length }) => length === 2);
    const [one, other] = receivedIn(receiver.requests);
    expect(one?.id).toBe(other?.id);
    await second.terminate();
    const third = await sandbox.startServer();
    expect(await allNotifications(third.client)).toMatchObject([{ id: one?.id, status: 'delivered' }]);
    expect(receiver.requests).toHaveLength(2);
  });

  it('by mail, too: a repeat has the same message id', async () => {
    const mail = new MailReceiver();
    const address = await mail.open();
    const sandbox = open(`notifications: {email: {smtp_url: "smtp://${address}", from: dli@example.com}}\n`);
    try {
      const first = await sandbox.startServer();
      mail.beforeAnswer = () => new Promise(() => undefined);
      const targets = [{ type: 'email', channel: 'team@example.com' }];
      await first.client.workflow.register({ spec: failingSpec(dataset, targets) });
      await failRuns(first.client, [dataset], 1);
      await mail.until(1);
      await first.kill();
      mail.beforeAnswer = async () => undefined;
      await sandbox.startServer();
      await mail.until(2);
      const ids = mail.mails.map(({ text }) => /^Message-ID: (\S+)/m.exec(text)?.[1]);
      expect(ids[0]).toMatch(/^<n_[0-9a-f]{24}@dli>$/);
      expect(ids[1]).toBe(ids[0]);
    } finally {
      await sandbox.dispose();
      await mail.close();
    }
  });
});

describe('a receiver that is down for a while, the server killed twice meanwhile', () => {
  it('gets every notification, those of a dataset in order, and what another target refuses is in nobody’s way', async () => {
    const sandbox = open();
    const datasets = Array.from({ length: 4 }, (_, n) => `${dataset}_${n}`);
    const targets = ['/good', '/refuses'].map((path) => ({ type: 'webhook', channel: `${url}${path}` }));
    let server = await sandbox.startServer();
    for (const name of datasets) await server.client.workflow.register({ spec: failingSpec(name, targets) });
    await receiver.close();
    for (let round = 0; round < 2; round += 1) {
      await failRuns(server.client, datasets, 5);
      await server.kill();
      server = await sandbox.startServer();
    }
    await failRuns(server.client, datasets, 5);
    receiver.answer = ({ path }) => ({ status: path === '/refuses' ? 410 : 200 });
    await receiver.open(port);
    const count = datasets.length * 15;
    const isAll = () =>
      new Set(receivedIn(receiver.requests.filter(({ path }) => path === '/good')).map(({ id }) => id)).size === count;
    await receiver.until(isAll);
    const written = await allNotifications(server.client);
    expect(written).toHaveLength(2 * count);
    expect(wrongDeliveries(written, receiver.requests, '/good')).toEqual([]);
  });
});
