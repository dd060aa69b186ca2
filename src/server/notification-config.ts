/** `notifications` of basecamp.yaml: how messages are sent. Its secrets may come from the environment, and no error shows them. */
import { z } from 'zod';
import { DliError } from '../contract/errors.ts';

const httpUrl = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? '');
const smtpUrl = (text: string) => /^smtps?:$/.test(URL.parse(text)?.protocol ?? '');

/** Every part may be left out here: `BASECAMP_NOTIFICATIONS_…` may say it. */
export const notificationsSchema = z.strictObject({
  slack: z.strictObject({ webhook_url: z.string().optional().describe('URL of an incoming webhook') }).optional(),
  email: z
    .strictObject({
      smtp_url: z.string().optional().describe('smtp:// or smtps://, with user and password'),
      from: z.string().optional().describe('Address that mails are from'),
    })
    .optional(),
  webhook: z
    .strictObject({
      secret: z.string().optional().describe('Signs bodies; at least 16 characters'),
      allow_private_addresses: z.boolean().optional().describe('Webhooks may go to addresses that are not public'),
    })
    .optional(),
});

/** How messages are sent; a type that is not configured is undefined. */
export interface NotificationsConfig {
  readonly slack: { readonly webhookUrl: string } | undefined;
  readonly email: { readonly smtpUrl: string; readonly from: string } | undefined;
  readonly webhook: { readonly secret: string; readonly allowPrivateAddresses: boolean } | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

const shortestSecret = 16;

/** Puts together what the file and the environment say; the environment wins. @throws DLI-504 for what is missing or wrong */
export function notificationsOf(yaml: z.output<typeof notificationsSchema> = {}, env: Env): NotificationsConfig {
  return {
    slack: slackOf(yaml.slack, env),
    email: emailOf(yaml.email, env),
    webhook: webhookOf(yaml.webhook, env),
  };
}

type Parts = z.output<typeof notificationsSchema>;

function slackOf(part: Parts['slack'], env: Env): NotificationsConfig['slack'] {
  const webhookUrl = env.BASECAMP_NOTIFICATIONS_SLACK_WEBHOOK_URL ?? part?.webhook_url;
  if (webhookUrl === undefined && part === undefined) return undefined;
  return {
    webhookUrl: checked('slack.webhook_url', webhookUrl, { expects: 'an http or https URL', isRight: httpUrl }),
  };
}

function emailOf(part: Parts['email'], env: Env): NotificationsConfig['email'] {
  const url = env.BASECAMP_NOTIFICATIONS_EMAIL_SMTP_URL ?? part?.smtp_url;
  const from = env.BASECAMP_NOTIFICATIONS_EMAIL_FROM ?? part?.from;
  if (url === undefined && from === undefined && part === undefined) return undefined;
  return {
    smtpUrl: checked('email.smtp_url', url, { expects: 'an smtp or smtps URL', isRight: smtpUrl }),
    from: checked('email.from', from, {
      expects: 'an address with an @',
      isRight: (text) => /^[^\r\n]+@[^\r\n]+$/.test(text),
    }),
  };
}

function webhookOf(part: Parts['webhook'], env: Env): NotificationsConfig['webhook'] {
  const secret = env.BASECAMP_NOTIFICATIONS_WEBHOOK_SECRET ?? part?.secret;
  const allow = env.BASECAMP_NOTIFICATIONS_WEBHOOK_ALLOW_PRIVATE_ADDRESSES;
  if (secret === undefined && allow === undefined && part === undefined) return undefined;
  const isLong = (text: string) => text.length >= shortestSecret;
  if (allow !== undefined) {
    const isRight = (text: string) => text === 'true' || text === 'false';
    checked('webhook.allow_private_addresses', allow, { expects: 'true or false', isRight });
  }
  return {
    secret: checked('webhook.secret', secret, { expects: `at least ${shortestSecret} characters`, isRight: isLong }),
    allowPrivateAddresses: allow === undefined ? (part?.allow_private_addresses ?? false) : allow === 'true',
  };
}

/** The value is not shown: most of these are secrets. */
function checked(
  name: string,
  value: string | undefined,
  { expects, isRight }: { readonly expects: string; readonly isRight: (text: string) => boolean },
): string {
  if (value !== undefined && isRight(value)) return value;
  const variable = `BASECAMP_NOTIFICATIONS_${name.replace('.', '_').toUpperCase()}`;
  const problem = value === undefined ? 'is missing' : 'is not right';
  throw new DliError('DLI-504', `notifications.${name} ${problem}: it expects ${expects}`, {
    hints: [`Set it in the configuration file, or as ${variable}`],
  });
}
