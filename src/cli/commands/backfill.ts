import type { BasecampClient } from '../../client/basecamp-client.ts';
import type { Backfill, BackfillPlan, StartedBackfill } from '../../contract/backfills.ts';
import { backfillFailed } from '../backfill-failed.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { paramOption } from '../param-option.ts';
import { readParams } from '../params.ts';
import { createProgress } from '../progress.ts';
import { countDates, summaryLine } from '../render/backfill.ts';
import { renderPlan } from '../render/backfill-plan.ts';
import { waitForEnd } from '../wait-for-end.ts';
import { createWaitReason } from '../wait-reason.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: {
    start: { kind: 'text', short: 's', takes: 'YYYY-MM-DD', required: true, summary: 'First execution date' },
    end: { kind: 'text', short: 'e', takes: 'YYYY-MM-DD', required: true, summary: 'Last execution date, included' },
    param: paramOption,
    'dry-run': { kind: 'flag', summary: 'Only list the dates and what is known of each' },
    wait: { kind: 'flag', summary: 'Show progress until it has ended; exit 1 when it did not complete' },
    'idempotency-key': idempotencyKeyOption,
  },
  details: [
    'One run for each date, in order, one at a time; it stops at the first failure. It goes on by itself after a\nrestart of the server.',
  ],
  examples: [
    'iceberg.analytics.daily_clicks --start 2024-01-01 --end 2024-01-07',
    'iceberg.analytics.daily_clicks -s 2024-01-01 -e 2024-06-30 --wait',
    'iceberg.analytics.daily_clicks -s 2024-01-01 -e 2024-01-07 --dry-run',
  ],
  run: async ({ args, options }, context) => {
    const { io, format, json, say } = context;
    const params = readParams(options.param);
    const client = await context.connect();
    const answer = await client.workflow.backfill(
      { dataset: args.dataset, start_date: options.start, end_date: options.end, params, dry_run: options['dry-run'] },
      callOptions(context, options['idempotency-key']),
    );
    if (!isStarted(answer)) {
      if (format === 'json') json(answer);
      else io.stdout.write(renderPlan(answer, context));
      return 0;
    }
    if (format !== 'json' || options.wait) {
      say(`Backfill started for ${countDates(answer.total_runs)}`, `Backfill: ${answer.backfill_id}`);
    }
    if (options.wait) return waitAndTell(client, answer, context);
    if (format === 'json') json(answer);
    return 0;
  },
});

async function waitAndTell(
  client: BasecampClient,
  { backfill_id: backfillId, run_ids: runIds }: StartedBackfill,
  context: CommandContext,
): Promise<number> {
  const { followBackfill } = await import('../../client/wait.ts');
  const progress = createProgress(context);
  const reason = createWaitReason({
    explain: (run_id, signal) => client.workflow.explainRun({ run_id }, { signal }),
    tell: progress.note,
    pause: context.io.pause,
  });
  const onState = (backfill: Backfill) => {
    progress.update(backfill);
    reason.update(nextRun(backfill, runIds));
  };
  const startedAt = context.io.now().getTime();
  const waited = await waitForEnd(context, {
    what: 'backfill',
    stop: ['dli', 'workflow', 'stop', backfillId],
    look: ['dli', 'workflow', 'backfill-status', backfillId],
    wait: (signal) => followBackfill(client, backfillId, { signal, onState }),
  }).finally(() => {
    reason.close();
    progress.close();
  });
  if ('exitCode' in waited) return waited.exitCode;
  const backfill = waited.state;
  if (context.format === 'json') context.json(backfill);
  context.say(summaryLine(backfill, { elapsedSeconds: (context.io.now().getTime() - startedAt) / 1000 }));
  if (backfill.status !== 'COMPLETED') throw await backfillFailed(client, backfill);
  return 0;
}

/** The run that has to start for the backfill to go on; undefined while one is at work or when there is none left. */
function nextRun({ counts }: Backfill, runIds: readonly string[]): string | undefined {
  return counts.RUNNING > 0 ? undefined : runIds[counts.COMPLETED + counts.FAILED + counts.KILLED];
}

function isStarted(answer: StartedBackfill | BackfillPlan): answer is StartedBackfill {
  return 'backfill_id' in answer;
}
