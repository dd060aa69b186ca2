import type { Notification } from '../core/notification.ts';
import type { DeliveryFailure } from '../core/notification-pace.ts';
import { headline, listCommand } from './plain-text.ts';
import { awayFailure, deliveryTimeoutMs, type OutgoingMessage, type Sender, withDeadline } from './sender.ts';

/** The SMTP server to send by, and whom mails are from. */
export interface EmailOptions {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  readonly smtpUrl: string;
  readonly from: string;
  readonly timeoutMs?: number;
}

/** Sends notifications as plain text by SMTP. */
export function createEmailSender({ smtpUrl, from, timeoutMs = deliveryTimeoutMs }: EmailOptions): Sender {
  return async (message, signal) => {
    // Loaded with the first mail, so that servers without mail do not pay for it.
    const { openMailTransport } = await import('./mail-transport.ts');
    const transport = openMailTransport(smtpUrl, timeoutMs);
    const sent = transport.sendMail({
      from,
      to: { name: '', address: message.channel },
      subject: headline(message),
      text: mailText(message),
      messageId: messageId(message),
      // Machines that answer mails do not answer these: https://www.rfc-editor.org/rfc/rfc3834
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    return withDeadline(sent, { ms: timeoutMs, signal }).then(() => undefined, mailFailure);
  };
}

/** A mail that is sent again has the same id, by which mail programs drop repeats. */
function messageId({ notifications }: OutgoingMessage): string {
  const [first] = notifications;
  const last = notifications.at(-1);
  return notifications.length === 1 ? `<${first.id}@dli>` : `<${first.id}.${last?.id}@dli>`;
}

function mailText(message: OutgoingMessage): string {
  const { notifications } = message;
  const texts = notifications.map((notification) => lines(notification).join('\n'));
  const more = notifications.length === 1 ? [] : [`All of them: ${listCommand(message)}`];
  return `${[...texts, ...more].join('\n\n')}\n`;
}

function lines({ title, why, command, facts }: Notification): readonly string[] {
  return [
    title,
    why,
    ...(command === null ? [] : [`Next: ${command}`]),
    ...facts.map(({ name, value }) => `  ${name}: ${value}`),
  ];
}

/** A 5xx of the server is final, but for a password that the operator may mend; a 4xx asks to come again later. */
function mailFailure(error: unknown): DeliveryFailure {
  const { error: text } = awayFailure(error);
  const code = property(error, 'code');
  const status = Number(property(error, 'responseCode'));
  if (code === 'EAUTH') return { kind: 'failed', error: 'the SMTP server does not accept the user and the password' };
  const isFinal = status >= 500 || (code === 'EENVELOPE' && Number.isNaN(status));
  if (isFinal) return { kind: 'refused', error: text };
  return { kind: 'away', error: text };
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
