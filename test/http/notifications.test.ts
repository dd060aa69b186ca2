import { describe, expect, it, onTestFinished } from 'vitest';
import type { WorkflowNotification } from '../../src/contract/notifications.ts';
import { readNotifications } from '../../src/store/queries/outbox.ts';
import { type Answer, Api } from './api.ts';

const name = 'iceberg.analytics.daily';
const specOf = (notifications: string) => `name: ${name}
owner: me@example.com
team: t
query_statement: SELECT 1 AS n
schedule: {cron: "0 9 * * *", notifications: {${notifications}}}
`;
const slack = 'on_failure: [{type: slack, channel: "#a"}, {type: slack, channel: "#b"}]';

/** A server whose Slack takes everything but `#b`. */
function open(): Api {
  const api = new Api();
  api.senders.slack = async ({ channel }) =>
    channel === '#b' ? { kind: 'refused', error: 'the target answered 404' } : undefined;
  api.parts.deliveries.start();
  onTestFinished(() => {
    const closed = api.parts.deliveries.close();
    api.clock.advance(2_000);
    return closed;
  });
  return api;
}

/** The notifications of an answer. */
// What came is compared field by field.
const items = ({ body }: Answer) => body.items as unknown as readonly WorkflowNotification[];

async function quiet(api: Api): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await api.database.write(() => undefined);
}

describe('a test message', () => {
  it('goes to every target once, and the answer tells how each delivery went', async () => {
    const api = open();
    await api.register(specOf(`${slack}, on_success: [{type: slack, channel: "#a"}]`));
    const answer = await api.send('POST', `/workflows/${name}/notifications/test`, {}, { 'x-dli-actor': 'ann' });
    expect(answer.status).toBe(200);
    expect(items(answer)).toMatchObject([
      { kind: 'test', channel: '#a', status: 'delivered', error: null, title: `Test message of ${name}` },
      { channel: '#b', status: 'given_up', error: 'the target answered 404', attempts: 1 },
    ]);
    expect(items(answer)[0]?.why).toMatch(/^ann /);
  });

  it('is sent once for one idempotency key', async () => {
    const api = open();
    await api.register(specOf(slack));
    const send = () => api.send('POST', `/workflows/${name}/notifications/test`, {}, { 'idempotency-key': 'k' });
    expect(items(await send()).map(({ id }) => id)).toEqual(items(await send()).map(({ id }) => id));
    expect(readNotifications(api.database, {}, 10)).toHaveLength(2);
  });

  it('is refused where nobody is to be told, and where there is no workflow', async () => {
    const api = open();
    await api.register(specOf(''));
    const path = `/workflows/${name}/notifications/test`;
    expect(await api.send('POST', path, {})).toMatchObject({ status: 409, body: { code: 'DLI-807' } });
    expect(await api.send('POST', '/workflows/a.b/notifications/test', {})).toMatchObject({
      body: { code: 'DLI-800' },
    });
  });

  it('that hangs is answered after a while: it still waits', async () => {
    const api = open();
    const answered = Promise.withResolvers<undefined>();
    api.senders.slack = () => answered.promise;
    await api.register(specOf(slack));
    const answer = api.send('POST', `/workflows/${name}/notifications/test`, {});
    await quiet(api);
    api.clock.advance(12_000);
    expect(items(await answer).map(({ status }) => status)).toEqual(['waiting', 'waiting']);
    answered.resolve(undefined);
  });
});

describe('the list', () => {
  it('is newest first, in pages, by dataset and by status', async () => {
    const api = open();
    await api.register(specOf(slack));
    await api.send('POST', `/workflows/${name}/notifications/test`, {});
    const first = await api.send('GET', '/notifications?limit=1');
    expect(items(first)).toMatchObject([{ channel: '#b' }]);
    const second = await api.send('GET', `/notifications?limit=1&cursor=${first.body.next_cursor}`);
    expect(items(second)).toMatchObject([{ channel: '#a' }]);
    expect(second.body.next_cursor).toBeNull();
    expect(items(await api.send('GET', '/notifications?status=given_up'))).toMatchObject([{ channel: '#b' }]);
    expect(items(await api.send('GET', `/notifications?dataset_name=${name}`))).toHaveLength(2);
    expect(items(await api.send('GET', '/notifications?dataset_name=other'))).toEqual([]);
    expect(await api.send('GET', '/notifications?status=lost')).toMatchObject({ body: { code: 'DLI-400' } });
    expect(await api.send('GET', '/notifications?cursor=x')).toMatchObject({ body: { code: 'DLI-400' } });
  });

  it('says when one that waits is tried next', async () => {
    const api = open();
    api.senders.slack = async () => ({ kind: 'away', error: 'no answer' });
    await api.register(specOf('on_failure: [{type: slack, channel: "#a"}]'));
    const [item] = items(await api.send('POST', `/workflows/${name}/notifications/test`, {}));
    expect(item).toMatchObject({ status: 'waiting', attempts: 1, error: 'no answer', finished_at: null });
    expect(Date.parse(item?.next_attempt_at ?? '')).toBe(api.clock.now() + 1_000);
  });
});

describe('sending again', () => {
  it('keeps the id, is an event, and is refused for what was not given up', async () => {
    const api = open();
    await api.register(specOf(slack));
    await api.send('POST', `/workflows/${name}/notifications/test`, {});
    const [given, delivered] = items(await api.send('GET', '/notifications'));
    api.senders.slack = async () => undefined;
    const answer = await api.send('POST', `/notifications/${given?.id}/resend`, {});
    expect(answer).toMatchObject({ status: 200, body: { id: given?.id, status: 'waiting', attempts: 0 } });
    await quiet(api);
    expect(items(await api.send('GET', '/notifications?status=delivered'))).toHaveLength(2);
    const kinds = api.database.all<{ kind: string }>("SELECT kind FROM events WHERE kind LIKE 'notification.%'");
    expect(kinds.map(({ kind }) => kind)).toEqual(['notification.given_up', 'notification.resend_requested']);
    expect(await api.send('POST', `/notifications/${delivered?.id}/resend`, {})).toMatchObject({
      status: 409,
      body: { code: 'DLI-807', hints: ['See what was given up: dli workflow notifications --failed'] },
    });
    expect(await api.send('POST', '/notifications/n_0/resend', {})).toMatchObject({
      status: 404,
      body: { code: 'DLI-817' },
    });
  });

  it('of all takes each once, also more than fit into one transaction', async () => {
    const api = open();
    await api.register(specOf(slack));
    await api.send('POST', `/workflows/${name}/notifications/test`, {});
    await api.database.write((transaction) => {
      for (let n = 0; n < 1_200; n += 1) {
        transaction.run(
          `INSERT INTO outbox (kind, dataset, type, channel, title, why, facts, status, waiting_since, created_at)
           VALUES ('test', ?, 'slack', '#b', 't', 'w', '[]', 'given_up', 0, 0)`,
          [n % 2 === 0 ? name : 'other'],
        );
      }
    });
    expect(await api.send('POST', '/notifications/resend', { dataset_name: 'other' })).toMatchObject({
      status: 200,
      body: { resent: 600 },
    });
    expect(await api.send('POST', '/notifications/resend', {})).toMatchObject({ status: 200 });
  });
});

describe('a spec whose channel is not configured', () => {
  it('is taken with a warning for each type', async () => {
    const api = open();
    const mail =
      'on_success: [{type: email, channel: a@b.c}], on_late: {after_minutes: 1, to: [{type: webhook, channel: "https://x.example"}]}';
    const { body } = await api.register(specOf(`${slack}, ${mail}`));
    expect((body as unknown as { warnings: string[] }).warnings.filter((text) => text.includes('notifies'))).toEqual([
      expect.stringContaining('by email, and the server has no notifications.email'),
      expect.stringContaining('by webhook, and the server has no notifications.webhook'),
    ]);
  });

  it.each([
    ['{type: email, channel: nobody}', 'one address'],
    ['{type: email, channel: "a@b.c, d@e.f"}', 'one address'],
    ['{type: webhook, channel: "#a"}', 'an http or https URL'],
    ['{type: webhook, channel: "ftp://x"}', 'an http or https URL'],
  ])('and one whose channel is %s is refused', async (target, expects) => {
    const { body } = await open().register(specOf(`on_failure: [${target}]`));
    expect(body).toMatchObject({ code: 'DLI-813', problems: [{ line: 5, message: expect.stringContaining(expects) }] });
  });
});

describe('registering, updating and unregistering', () => {
  it('tell the targets of the old and the new spec', async () => {
    const api = open();
    const source = (channel: string) => specOf(`on_source_change: [{type: slack, channel: "${channel}"}]`);
    await api.register(source('#a'));
    await api.send('PUT', `/workflows/${name}`, { spec: source('#c') });
    await api.send('PUT', `/workflows/${name}`, { spec: source('#c') });
    await api.send('DELETE', `/workflows/${name}`);
    const told = items(await api.send('GET', '/notifications')).toReversed();
    expect(told.map(({ channel, title }) => `${channel} ${title.replace(`${name} `, '')}`)).toEqual([
      '#a is new: its spec is manual',
      '#a has another revision of its manual spec',
      '#c has another revision of its manual spec',
      '#c was removed: it has no manual spec any more',
    ]);
  });
});
