import type { Notification } from '../core/notification.ts';
import { checkHost, type Resolve } from './addresses.ts';
import { postJson } from './post.ts';
import { awayFailure, deliveryTimeoutMs, type Sender, withDeadline } from './sender.ts';
import { signBody } from './signature.ts';

/** How webhooks are signed and where they may go. */
export interface WebhookOptions {
  readonly secret: string;
  readonly allowPrivateAddresses: boolean;
  /** Epoch ms, for the signature. */
  readonly now: () => number;
  /** @default the system's */
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
}

/** Sends notifications as signed JSON to the URL that the target names. */
export function createWebhookSender({
  secret,
  allowPrivateAddresses,
  now,
  resolve,
  timeoutMs = deliveryTimeoutMs,
}: WebhookOptions): Sender {
  return async ({ channel, notifications }, signal) => {
    const url = URL.parse(channel);
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
      return { kind: 'refused', error: 'the channel of a webhook is an http or https URL' };
    const host = allowPrivateAddresses
      ? undefined
      : await withDeadline(checkHost(url.hostname, resolve), { ms: timeoutMs, signal }).catch(awayFailure);
    if (host && 'kind' in host) return host;
    if (host?.ok === false) return { kind: 'refused', error: host.refusal };
    const timestamp = Math.floor(now() / 1_000);
    const body = JSON.stringify({ notifications: notifications.map(bodyOf) });
    const headers = { 'x-dli-timestamp': String(timestamp), 'x-dli-signature': signBody(secret, timestamp, body) };
    return postJson({ url, body, headers, addresses: host?.addresses, timeoutMs, signal });
  };
}

function bodyOf({ id, kind, dataset, runId, backfillId, createdAt, title, why, command, facts }: Notification) {
  return {
    id,
    kind,
    dataset_name: dataset,
    run_id: runId,
    backfill_id: backfillId,
    created_at: new Date(createdAt).toISOString(),
    title,
    why,
    command,
    facts,
  };
}
