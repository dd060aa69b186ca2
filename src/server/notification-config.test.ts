import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { readConfig } from './config.ts';

function read(yaml: string, env: Readonly<Record<string, string>> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'dli-config-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, 'basecamp.yaml'), yaml);
  return readConfig({ configFile: 'basecamp.yaml', cwd, env }).notifications;
}

function refusal(yaml: string, env: Readonly<Record<string, string>> = {}): DliError {
  try {
    read(yaml, env);
  } catch (error) {
    if (error instanceof DliError) return error;
  }
  return expect.unreachable('it was taken');
}

const secret = 'a secret of 24 characters';
const all = `
notifications:
  slack: {webhook_url: https://hooks.slack.com/services/x}
  email: {smtp_url: "smtp://u:p@mail.example.com:587", from: dli <dli@example.com>}
  webhook: {secret: ${secret}}
`;

describe('the configuration of notifications', () => {
  it('is nothing where nothing is said', () => {
    expect(read('engine: embedded')).toEqual({ slack: undefined, email: undefined, webhook: undefined });
  });

  it('comes from the file', () => {
    expect(read(all)).toEqual({
      slack: { webhookUrl: 'https://hooks.slack.com/services/x' },
      email: { smtpUrl: 'smtp://u:p@mail.example.com:587', from: 'dli <dli@example.com>' },
      webhook: { secret, allowPrivateAddresses: false },
    });
  });

  it('comes from the environment, alone or together with the file, and wins over it', () => {
    const env = {
      BASECAMP_NOTIFICATIONS_SLACK_WEBHOOK_URL: 'https://other.example/x',
      BASECAMP_NOTIFICATIONS_EMAIL_SMTP_URL: 'smtps://other.example',
      BASECAMP_NOTIFICATIONS_EMAIL_FROM: 'x@y.z',
      BASECAMP_NOTIFICATIONS_WEBHOOK_SECRET: 'another secret, as long',
      BASECAMP_NOTIFICATIONS_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
    };
    const expected = {
      slack: { webhookUrl: 'https://other.example/x' },
      email: { smtpUrl: 'smtps://other.example', from: 'x@y.z' },
      webhook: { secret: 'another secret, as long', allowPrivateAddresses: true },
    };
    expect(read('engine: embedded', env)).toEqual(expected);
    expect(read(all, env)).toEqual(expected);
    expect(
      read('notifications: {email: {from: x@y.z}}', { BASECAMP_NOTIFICATIONS_EMAIL_SMTP_URL: 'smtp://x' }).email,
    ).toEqual({ smtpUrl: 'smtp://x', from: 'x@y.z' });
  });

  it.each([
    ['notifications: {slack: {}}', 'notifications.slack.webhook_url is missing: it expects an http or https URL'],
    ['notifications: {slack: {webhook_url: top-secret}}', 'notifications.slack.webhook_url is not right'],
    ['notifications: {email: {from: a@b.c}}', 'notifications.email.smtp_url is missing'],
    ['notifications: {email: {smtp_url: "https://top-secret"}}', 'notifications.email.smtp_url is not right'],
    ['notifications: {email: {smtp_url: "smtp://x", from: nobody}}', 'notifications.email.from is not right'],
    ['notifications: {webhook: {allow_private_addresses: true}}', 'notifications.webhook.secret is missing'],
    ['notifications: {webhook: {secret: top-secret}}', 'it expects at least 16 characters'],
  ])('%s is DLI-504 and shows no secret', (yaml, message) => {
    const error = refusal(yaml);
    expect(error).toMatchObject({ code: 'DLI-504', message: expect.stringContaining(message) });
    expect(error.hints.join()).toMatch(/BASECAMP_NOTIFICATIONS_/);
    expect(JSON.stringify([error.message, error.hints, error.problems])).not.toContain('top-secret');
  });

  it('has no unknown keys, and a wrong switch is refused', () => {
    expect(refusal('notifications: {slak: {}}').problems[0]?.message).toContain("did you mean 'slack'?");
    const env = { BASECAMP_NOTIFICATIONS_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'maybe' };
    expect(refusal(all, env).message).toContain('allow_private_addresses is not right: it expects true or false');
  });
});
