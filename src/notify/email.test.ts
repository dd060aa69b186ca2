import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MailReceiver } from '../../test/fakes/mail-receiver.ts';
import { createEmailSender } from './email.ts';
import { messageTo, never } from './notify-fixture.suite.ts';

const from = 'dli <dli@example.com>';

async function open(options: ConstructorParameters<typeof MailReceiver>[0] = {}) {
  const receiver = new MailReceiver(options);
  const address = await receiver.open();
  onTestFinished(() => receiver.close());
  return { receiver, address };
}

describe('a mail', () => {
  it('says what happened in its subject, and why and what helps below', async () => {
    const { receiver, address } = await open();
    const send = createEmailSender({ smtpUrl: `smtp://${address}`, from });
    expect(await send(messageTo('team@example.com'), never)).toBeUndefined();
    const [mail = expect.unreachable()] = receiver.mails;
    expect(mail).toMatchObject({ from: 'dli@example.com', to: ['team@example.com'] });
    expect(mail.text).toMatch(/^Subject: a\.b\.c failed\r$/m);
    expect(mail.text).toMatch(/^Message-ID: <n_1@dli>\r$/m);
    expect(mail.text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(mail.text).toContain('Run a.b.c_20240115_090000 failed: 1 < 2 & so on.\r\n');
    expect(mail.text).toContain('Next: dli workflow logs a.b.c_20240115_090000\r\n');
  });

  it('of a digest has all of it, and an id of its own', async () => {
    const { receiver, address } = await open();
    const send = createEmailSender({ smtpUrl: `smtp://${address}`, from });
    await send(messageTo('team@example.com', {}, { id: 'n_2', title: 'x.y.z failed', command: null }), never);
    const [{ text } = expect.unreachable()] = receiver.mails;
    expect(text).toMatch(/^Subject: a\.b\.c failed \(and 1 more\)\r$/m);
    expect(text).toMatch(/^Message-ID: <n_1\.n_2@dli>\r$/m);
    expect(text).toMatch(/^x\.y\.z failed\r$/m);
    expect(text).toMatch(/^All of them: dli workflow notifications -d a\.b\.c\r$/m);
  });

  it('cannot get another header or recipient out of a title or an address', async () => {
    const { receiver, address } = await open();
    const send = createEmailSender({ smtpUrl: `smtp://${address}`, from });
    await send(messageTo('team@example.com', { title: 'a\r\nBcc: evil@example.com\r\n\r\nhello' }), never);
    await send(messageTo('team@example.com\r\nRCPT TO:<evil@example.com>'), never);
    expect(receiver.mails.flatMap(({ to }) => to)).not.toContain('evil@example.com');
    for (const { text } of receiver.mails) expect(text.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/m);
  });

  it('goes with user and password, and a wrong one is told of without it', async () => {
    const { receiver, address } = await open({ user: 'dli', password: 'pass-word' });
    const right = createEmailSender({ smtpUrl: `smtp://dli:pass-word@${address}`, from });
    expect(await right(messageTo('team@example.com'), never)).toBeUndefined();
    const wrong = createEmailSender({ smtpUrl: `smtp://dli:other-secret@${address}`, from });
    expect(await wrong(messageTo('team@example.com'), never)).toEqual({
      kind: 'failed',
      error: 'the SMTP server does not accept the user and the password',
    });
    expect(receiver.mails).toHaveLength(1);
  });

  it.each([
    [550, 'refused'],
    [450, 'away'],
  ])('whose recipient is answered with %i is %s', async (code, kind) => {
    const { receiver, address } = await open();
    receiver.refusal = () => code;
    const send = createEmailSender({ smtpUrl: `smtp://${address}`, from });
    expect(await send(messageTo('nobody@example.com'), never)).toMatchObject({ kind });
  });

  it('to a server that is down or says nothing is away', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const send = createEmailSender({ smtpUrl: `smtp://127.0.0.1:${port}`, from, timeoutMs: 100 });
    expect(await send(messageTo('team@example.com'), never)).toMatchObject({ kind: 'away' });
    const closing = new AbortController();
    const sent = createEmailSender({ smtpUrl: `smtp://127.0.0.1:${port}`, from })(messageTo('a@b.c'), closing.signal);
    closing.abort();
    expect(await sent).toEqual({ kind: 'away', error: 'the server is closing' });
    await new Promise((resolve) => silent.close(resolve));
    expect(await send(messageTo('team@example.com'), never)).toMatchObject({
      kind: 'away',
      error: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
