import { readPages } from '../../src/cli/pages.ts';
import type { BasecampClient } from '../../src/client/basecamp-client.ts';
import type { WorkflowNotification } from '../../src/contract/notifications.ts';
import type { ReceivedRequest } from '../fakes/http-receiver.ts';

/** What the webhooks of a test server are signed with. */
export const webhookSecret = 'a secret of 24 characters';

/** A `basecamp.yaml` that lets webhooks go to this machine. */
export const webhookConfig = `notifications: {webhook: {secret: ${webhookSecret}, allow_private_addresses: true}}\n`;

/** The spec of a dataset whose runs fail, and who is told. */
export function failingSpec(
  name: string,
  targets: readonly { readonly type: string; readonly channel: string }[],
): string {
  return [
    `name: ${name}`,
    'owner: crash@example.com',
    "team: '@crash'",
    "query_statement: SELECT error('no flights')",
    `schedule: {cron: "0 0 1 1 *", notifications: {on_failure: ${JSON.stringify(targets)}}}`,
    '',
  ].join('\n');
}

/** Runs every dataset this many times; each run fails. */
export async function failRuns(client: BasecampClient, datasets: readonly string[], times: number): Promise<void> {
  const signal = AbortSignal.timeout(120_000);
  const events = await client.events.follow({ kind: 'run.failed' }, { signal });
  for (let n = 0; n < times; n += 1)
    await Promise.all(datasets.map((dataset) => client.workflow.run({ dataset, params: {} })));
  for (let ended = 0; ended < datasets.length * times; ended += 1) await events.next();
  await events.return?.();
}

/** Every notification of a server, in the order in which it was written. */
export async function allNotifications(client: BasecampClient): Promise<readonly WorkflowNotification[]> {
  return (await readPages((page) => client.notification.list(page))).items.toReversed();
}

interface ReceivedNotification {
  readonly id: string;
  readonly dataset_name: string;
  readonly run_id: string;
}

/** What requests tell of, in the order of their arrival. */
export function receivedIn(requests: readonly ReceivedRequest[]): readonly ReceivedNotification[] {
  return requests.flatMap(({ body }) => JSON.parse(body).notifications as readonly ReceivedNotification[]);
}

/** What is wrong with deliveries: notifications that never arrived, and ones that came after a later one of their dataset. */
export function wrongDeliveries(
  written: readonly WorkflowNotification[],
  requests: readonly ReceivedRequest[],
  path: string,
): readonly string[] {
  const arrived = receivedIn(requests.filter((request) => request.path === path)).map(({ id }) => id);
  const places = new Map(arrived.toReversed().map((id, index) => [id, arrived.length - index]));
  const lastPlace = new Map<string, number>();
  return written
    .filter(({ channel }) => channel.endsWith(path))
    .flatMap(({ id, dataset_name }) => {
      const place = places.get(id);
      if (place === undefined) return [`${id} never arrived`];
      const before = lastPlace.get(dataset_name) ?? 0;
      lastPlace.set(dataset_name, place);
      return place < before ? [`${id} came before an earlier one of ${dataset_name}`] : [];
    });
}
