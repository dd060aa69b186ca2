import type { BasecampClient } from '../../client/basecamp-client.ts';
import { DliError } from '../../contract/errors.ts';
import { isBackfillId } from '../../core/run-id.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { isRegistered } from '../is-registered.ts';
import { countDates, countsText } from '../render/backfill.ts';
import { stopLines } from '../render/stop.ts';
import { waitForEnd } from '../wait-for-end.ts';

interface StopRequest {
  readonly id: string;
  readonly reason: string | undefined;
  readonly key: string | undefined;
}

export const command = defineCommand({
  args: {
    id: {
      summary: 'Run id, as run and history print it, or backfill id (it begins with bf-)',
      names: ['unfinished-run', 'unfinished-backfill'],
    },
  },
  options: {
    reason: {
      kind: 'text',
      takes: 'TEXT',
      summary: 'Why; kept, and shown by status, explain, history --wide and events',
    },
    'idempotency-key': idempotencyKeyOption,
  },
  details: [
    'What waits is stopped at once. What is at work is cancelled: the answer comes when the warehouse has confirmed that the query is gone, or after 15 seconds, when it says that it has not and goes on (status then reads RUNNING (stopping)). A run whose commit was faster stays COMPLETED (DLI-807).',
  ],
  examples: ['iceberg.analytics.daily_clicks_20240115_093045 --reason "wrong date"', 'bf-20240115-093045'],
  run: async ({ args, options }, context) => {
    const client = await context.connect();
    const request = { id: args.id, reason: options.reason, key: options['idempotency-key'] };
    return isBackfillId(args.id) ? stopBackfill(client, request, context) : stopRun(client, request, context);
  },
});

async function stopRun(client: BasecampClient, { id, reason, key }: StopRequest, context: CommandContext) {
  const { format, json, say } = context;
  const run = await client.workflow.stop({ run_id: id, reason }, callOptions(context, key)).catch((error: unknown) => {
    throw isNotFound(error) && id.startsWith('bf-') ? neither(id) : error;
  });
  if (format === 'json') json(run);
  else say(...stopLines(run, { isRegistered: await isRegistered(client, run.dataset_name, context.io.signal) }));
  return 0;
}

function isNotFound(error: unknown): boolean {
  return error instanceof DliError && error.code === 'DLI-809';
}

// What begins as a backfill's id does was meant as one, but a dataset's name can begin so too.
function neither(id: string): DliError {
  return new DliError('DLI-809', `There is no run or backfill '${id}'`, {
    hints: [
      'A backfill prints its id when it starts; it looks like bf-20240115-093045',
      'See the runs: dli workflow history',
    ],
  });
}

async function stopBackfill(client: BasecampClient, { id, reason, key }: StopRequest, context: CommandContext) {
  const { format, json, say } = context;
  const asked = await client.backfill.stop({ backfill_id: id, reason }, callOptions(context, key));
  if (asked.finished_at === null) {
    say(
      `Backfill stopping: ${asked.backfill_id}`,
      `${countDates(asked.counts.RUNNING)} still being cancelled: the warehouse has not confirmed yet that the query is gone.`,
      `Look again with: dli workflow backfill-status ${asked.backfill_id}`,
    );
  }
  const { followBackfill } = await import('../../client/wait.ts');
  const waited = await waitForEnd(context, {
    what: 'stopping of the backfill',
    stop: ['dli', 'workflow', 'stop', id],
    look: ['dli', 'workflow', 'backfill-status', id],
    wait: async (signal) => (asked.finished_at === null ? followBackfill(client, id, { signal }) : asked),
  });
  if ('exitCode' in waited) return waited.exitCode;
  const backfill = waited.state;
  if (format === 'json') json(backfill);
  const word = backfill.status === 'KILLED' ? 'stopped' : `${backfill.status.toLowerCase()} before it could be stopped`;
  say(`Backfill ${word}: ${backfill.backfill_id} (${countsText(backfill)})`);
  return 0;
}
