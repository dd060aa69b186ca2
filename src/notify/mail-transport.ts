import { createTransport } from 'nodemailer';

/** Makes what sends mails by an SMTP server; each step of a connection has `timeoutMs`. Texts cannot name files or URLs to attach. */
export function openMailTransport(url: string, timeoutMs: number) {
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  return createTransport({ url, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
}
