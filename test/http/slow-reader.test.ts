import { get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { appendLogs } from '../../src/store/queries/logs.ts';
import { storeRun } from '../../src/store/store-fixture.suite.ts';
import { Api } from './api.ts';
import { serve } from './serve.ts';

const text = 'x'.repeat(1_000);
const count = 30_000;

async function appendEvents(api: Api): Promise<void> {
  for (let batch = 0; batch < count / 1_000; batch += 1) {
    await api.database.write((transaction) => {
      for (let index = 0; index < 1_000; index += 1)
        transaction.run(`INSERT INTO events (at, kind, actor, reason, data) VALUES (0, 'run.created', 'x', ?, '{}')`, [
          text,
        ]);
    });
  }
}

async function appendLines(api: Api, runUid: string): Promise<void> {
  for (let batch = 0; batch < count / 1_000; batch += 1) {
    const lines = Array.from({ length: 1_000 }, () => ({ attempt: 1, at: 0, line: text }));
    await api.database.write((transaction) => appendLogs(transaction, runUid, lines));
  }
}

/** Asks for a stream and takes nothing of it until `readIds` is called. */
async function stall(api: Api, path: string) {
  const { url, server } = await serve(api);
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}/api/v1${path}`, { agent: false }, resolve).on('error', reject);
  });
  onTestFinished(() => void answer.destroy());
  return {
    /** How many bytes the server holds for this client. */
    held: async () => (await connected).writableLength,
    /** Reads all ids up to the last one. */
    readIds: async (last: number) => {
      const ids: number[] = [];
      let text = '';
      for await (const piece of answer.setEncoding('utf8')) {
        const blocks = `${text}${piece}`.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks)
          if (block.startsWith('event: message')) ids.push(Number(/^id: (\d+)$/m.exec(block)?.[1]));
        if (ids.at(-1) === last) break;
      }
      return ids;
    },
  };
}

/** What Node keeps for a socket before it tells a writer to wait, and a page. */
const bound = 512 * 1024;

it('a follower of events that does not read costs the server no memory, and misses nothing', async () => {
  const api = new Api();
  const slow = await stall(api, '/events?after=0');
  await appendEvents(api);
  expect(await slow.held()).toBeLessThan(bound);
  expect(await slow.readIds(count)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
});

it('a follower of a log that does not read costs the server no memory, and misses nothing', async () => {
  const api = new Api();
  const { runId, runUid } = await storeRun(api.database, { held: true });
  const slow = await stall(api, `/workflows/runs/${runId}/logs/follow`);
  await appendLines(api, runUid);
  expect(await slow.held()).toBeLessThan(bound);
  expect(await slow.readIds(count)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
});
