import { DliError } from '../../contract/errors.ts';
import type { NotificationStatus, WorkflowNotification } from '../../contract/notifications.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { readPages } from '../pages.ts';
import { type Column, renderTable } from '../render/table.ts';
import { formatTime } from '../render/times.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: {
    test: { summary: 'The word test: send a test message to every target of a dataset', optional: true },
    dataset: { summary: 'After test: name of a registered dataset', optional: true, names: ['dataset'] },
  },
  options: {
    dataset: { kind: 'text', short: 'd', takes: 'DATASET', summary: 'Only those of this dataset', names: ['dataset'] },
    failed: { kind: 'flag', summary: 'Only those that were given up' },
    limit: { kind: 'integer', short: 'n', takes: 'N', min: 1, summary: 'How many, newest first; default 20' },
    resend: { kind: 'text', takes: 'ID', summary: 'Try one again that was given up' },
    'resend-all': { kind: 'flag', summary: 'Try all of them again that were given up, with -d those of one dataset' },
    wide: { kind: 'flag', short: 'w', summary: 'More columns: ID, ATTEMPTS, ERROR' },
    'idempotency-key': idempotencyKeyOption,
  },
  details: [
    'Who is told about what stands in the spec, below schedule.notifications. A message that cannot be delivered is tried again for 24 hours and then given up; one that the target refuses is given up at once.',
  ],
  examples: [
    '',
    '-d iceberg.analytics.daily_clicks --failed --wide',
    '--resend n_5f0c1b7a9d3e4f6081a2b3c4',
    '--resend-all',
    'test iceberg.analytics.daily_clicks',
  ],
  run: async ({ args, options }, context) => {
    if (args.test !== undefined) return sendTest(context, { ...args, key: options['idempotency-key'] });
    if (options.resend !== undefined) return resend(context, options.resend, options['idempotency-key']);
    if (options['resend-all']) return resendAll(context, options.dataset, options['idempotency-key']);
    const client = await context.connect();
    const status: NotificationStatus | undefined = options.failed ? 'given_up' : undefined;
    const page = await readPages(
      (each) =>
        client.notification.list({ ...each, dataset_name: options.dataset, status }, { signal: context.io.signal }),
      { limit: options.limit ?? 20 },
    );
    if (context.format === 'json') context.json(page);
    else {
      writeTable(context, page.items, { isWide: options.wide || options.failed });
      if (page.items.length === 0) context.io.stderr.write('No such notifications\n');
    }
    return 0;
  },
});

interface TestArguments {
  readonly test: string | undefined;
  readonly dataset: string | undefined;
  readonly key: string | undefined;
}

async function sendTest(context: CommandContext, { test, dataset, key }: TestArguments): Promise<number> {
  if (test !== 'test' || dataset === undefined) {
    throw new DliError('DLI-400', `'${[test, dataset].join(' ').trim()}' is not expected`, {
      hints: [
        'Send a test message: dli workflow notifications test <dataset>',
        'See those of a dataset: dli workflow notifications -d <dataset>',
      ],
    });
  }
  const client = await context.connect();
  const answer = await client.notification.test({ dataset }, callOptions(context, key));
  if (context.format === 'json') context.json(answer);
  else for (const item of answer.items) context.say(testLine(item));
  return answer.items.every(({ status }) => status === 'delivered') ? 0 : 1;
}

function testLine({ type, channel, status, error }: WorkflowNotification): string {
  const how = status === 'delivered' ? 'delivered' : `${statusWord(status)}${error === null ? '' : `: ${error}`}`;
  return visibleLine(`Test message to ${type} ${channel}: ${how}`);
}

async function resend(context: CommandContext, id: string, key: string | undefined): Promise<number> {
  const client = await context.connect();
  const answer = await client.notification.resend({ id }, callOptions(context, key));
  if (context.format === 'json') context.json(answer);
  else context.say(visibleLine(`Notification waits to be sent again: ${answer.id}`));
  return 0;
}

async function resendAll(context: CommandContext, dataset: string | undefined, key: string | undefined) {
  const client = await context.connect();
  const answer = await client.notification.resendAll({ dataset_name: dataset }, callOptions(context, key));
  if (context.format === 'json') context.json(answer);
  else context.say(`Notifications that wait to be sent again: ${answer.resent}`);
  return 0;
}

function writeTable(
  { io, maxWidth }: CommandContext,
  items: readonly WorkflowNotification[],
  { isWide }: { readonly isWide: boolean },
): void {
  const columns: readonly Column<WorkflowNotification>[] = [
    { header: 'CREATED', isWhole: true, value: ({ created_at }) => formatTime(created_at, { timeZone: io.timeZone }) },
    { header: 'STATUS', isWhole: true, value: ({ status }) => statusWord(status) },
    { header: 'TO', value: ({ type, channel }) => `${type} ${channel}` },
    { header: 'WHAT', value: ({ title }) => title },
    ...(isWide ? wideColumns : []),
  ];
  io.stdout.write(renderTable(columns, items, { maxWidth }));
}

const wideColumns: readonly Column<WorkflowNotification>[] = [
  { header: 'ID', isWhole: true, value: ({ id }) => id },
  { header: 'ATTEMPTS', align: 'right', value: ({ attempts }) => String(attempts) },
  { header: 'ERROR', value: ({ error }) => error ?? '-' },
];

function statusWord(status: NotificationStatus): string {
  return status.replace('_', ' ');
}
