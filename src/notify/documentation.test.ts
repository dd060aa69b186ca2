import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpReceiver } from '../../test/fakes/http-receiver.ts';
import { parseSpec } from '../spec/parse.ts';
import { messageTo, never } from './notify-fixture.suite.ts';
import { createWebhookSender } from './webhook.ts';

const page = readFileSync(new URL('../../docs/notifications.md', import.meta.url), 'utf8');
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? '';

interface Verification {
  isFromDli(request: {
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: string | Buffer;
    readonly secret: string;
    readonly now?: number;
  }): boolean;
}

/** Loads the page's code as a receiver would have it. */
async function loadVerification(): Promise<Verification> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-receiver-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'verify.mjs');
  writeFileSync(file, block('js'));
  return import(pathToFileURL(file).href);
}

describe('the page about notifications', () => {
  it('has a verification that takes what dli sends, and nothing else', async () => {
    const { isFromDli } = await loadVerification();
    const receiver = new HttpReceiver();
    const url = await receiver.open();
    onTestFinished(() => receiver.close());
    const secret = 'a secret of 24 characters';
    const now = Date.parse('2024-01-15T09:31:00Z');
    const send = createWebhookSender({ secret, allowPrivateAddresses: true, now: () => now });
    await send(messageTo(url, { title: 'täglich fehlgeschlagen ✗' }), never);
    const [{ headers, body } = expect.unreachable()] = receiver.requests;
    const request = { headers, body, secret, now };
    expect(isFromDli(request)).toBe(true);
    expect(isFromDli({ ...request, body: Buffer.from(body), now: now + 299_000 })).toBe(true);
    expect(isFromDli({ ...request, body: body.replace('failure', 'success') })).toBe(false);
    expect(isFromDli({ ...request, secret: 'another secret' })).toBe(false);
    expect(isFromDli({ ...request, now: now + 301_000 }), 'an old message').toBe(false);
    expect(isFromDli({ ...request, headers: { ...headers, 'x-dli-timestamp': '1705311061' } })).toBe(false);
    expect(isFromDli({ ...request, headers: {} })).toBe(false);
    expect(isFromDli({ ...request, headers: { ...headers, 'x-dli-signature': 'v1=' } })).toBe(false);
  });

  it('has a body with the fields that are sent', async () => {
    const receiver = new HttpReceiver();
    const url = await receiver.open();
    onTestFinished(() => receiver.close());
    const send = createWebhookSender({ secret: 'x'.repeat(16), allowPrivateAddresses: true, now: () => 0 });
    await send(messageTo(url), never);
    const keys = (text: string) => Object.keys(JSON.parse(text).notifications[0]);
    expect(keys(block('json'))).toEqual(keys(receiver.requests[0]?.body ?? ''));
  });

  it('has a schedule that a spec can have', () => {
    const text = `name: a.b.c\nowner: x\nteam: t\nquery_statement: SELECT 1\n${block('yaml')}`;
    expect(parseSpec({ text, file: 'x.yaml' }).schedule?.notifications.onLate?.afterMinutes).toBe(60);
  });
});
