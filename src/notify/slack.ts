import type { Notification } from '../core/notification.ts';
import { headline, listCommand } from './plain-text.ts';
import { postJson } from './post.ts';
import type { OutgoingMessage, Sender } from './sender.ts';

/** Slack's incoming webhook, and how long one delivery may take. */
export interface SlackOptions {
  readonly webhookUrl: string;
  readonly timeoutMs?: number;
}

/**
 * Sends notifications to Slack's incoming webhook. The URL is the operator's own, so it may lie anywhere. A webhook of an app
 * belongs to one channel and ignores the one that a target names.
 */
export function createSlackSender({ webhookUrl, timeoutMs }: SlackOptions): Sender {
  return (message, signal) => {
    const body = JSON.stringify({ channel: message.channel, text: slackText(message) });
    return postJson({ url: new URL(webhookUrl), body, timeoutMs, signal });
  };
}

function slackText(message: OutgoingMessage): string {
  const { notifications } = message;
  const [first] = notifications;
  if (notifications.length === 1) return lines(first).join('\n');
  const listed = notifications.map(({ title }) => `• ${escaped(shortened(title))}`);
  return [`*${escaped(headline(message))}*`, ...listed, `\`${escaped(listCommand(message))}\``].join('\n');
}

function lines({ title, why, command }: Notification): readonly string[] {
  return [`*${escaped(title)}*`, escaped(why), ...(command === null ? [] : [`\`${escaped(command)}\``])];
}

/** Slack cuts a message at 40,000 characters: https://api.slack.com/reference/messaging/payload */
const longestLine = 150;

function shortened(text: string): string {
  return text.length <= longestLine ? text : `${text.slice(0, longestLine - 1)}…`;
}

/** The three characters that Slack takes for its own: https://api.slack.com/reference/surfaces/formatting#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
