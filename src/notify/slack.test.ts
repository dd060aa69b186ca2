import { beforeEach, describe, expect, it } from 'vitest';
import { HttpReceiver } from '../../test/fakes/http-receiver.ts';
import { messageTo, never } from './notify-fixture.suite.ts';
import { createSlackSender } from './slack.ts';

let receiver: HttpReceiver;
let webhookUrl: string;
beforeEach(async () => {
  receiver = new HttpReceiver();
  webhookUrl = `${await receiver.open()}/services/T0/B0/secret-of-the-hook`;
  return () => receiver.close();
});

const received = () => JSON.parse(receiver.requests[0]?.body ?? '');

describe('Slack', () => {
  it('gets what happened, why, and the command, with its own signs escaped', async () => {
    expect(await createSlackSender({ webhookUrl })(messageTo('#alerts'), never)).toBeUndefined();
    expect(receiver.requests[0]?.path).toBe('/services/T0/B0/secret-of-the-hook');
    expect(received()).toEqual({
      channel: '#alerts',
      text: [
        '*a.b.c failed*',
        'Run a.b.c_20240115_090000 failed: 1 &lt; 2 &amp; so on.',
        '`dli workflow logs a.b.c_20240115_090000`',
      ].join('\n'),
    });
  });

  it('gets a line for each notification of a digest, and the command that lists them', async () => {
    await createSlackSender({ webhookUrl })(messageTo('#alerts', {}, { title: 'x'.repeat(300), command: null }), never);
    expect(received().text.split('\n')).toEqual([
      '*a.b.c failed (and 1 more)*',
      '• a.b.c failed',
      `• ${'x'.repeat(149)}…`,
      '`dli workflow notifications -d a.b.c`',
    ]);
  });

  it('gets 200 notifications in what it takes of a message, 40,000 characters', async () => {
    const many = Array.from({ length: 200 }, (_, n) => ({ title: `&${'x'.repeat(300)}`, dataset: `a.b.c${n}` }));
    await createSlackSender({ webhookUrl })(messageTo('#alerts', ...many), never);
    expect(received().text.length).toBeLessThan(40_000);
    expect(received().text).toMatch(/`dli workflow notifications`$/);
  });

  it('that fails is told of without the URL, which is a secret', async () => {
    receiver.answer = () => ({ status: 404 });
    const refused = await createSlackSender({ webhookUrl })(messageTo('#alerts'), never);
    await receiver.close();
    const away = await createSlackSender({ webhookUrl })(messageTo('#alerts'), never);
    await receiver.open();
    expect([refused?.kind, away?.kind]).toEqual(['refused', 'away']);
    expect(JSON.stringify([refused, away])).not.toContain('secret-of-the-hook');
  });
});
