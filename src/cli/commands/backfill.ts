import type { BasecampClient } from '../../client/basecamp-client.ts';
import type { Backfill, BackfillPlan, StartedBackfill } from '../../contract/backfills.ts';
import { backfillFailed } from '../backfill-failed.ts';
import { type BackfillWords, readBackfillRequest } from '../backfill-request.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { paramOption } from '../param-option.ts';
import { createProgress } from '../progress.ts';
import { countDates, countRuns, estimateLines, summaryLine } from '../render/backfill.ts';
import { renderPlan } from '../render/backfill-plan.ts';
import { waitForEnd } from '../wait-for-end.ts';
import { createWaitReason } from '../wait-reason.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: {
    start: { kind: 'text', short: 's', takes: 'YYYY-MM-DD', summary: 'First execution date' },
    end: { kind: 'text', short: 'e', takes: 'YYYY-MM-DD', summary: 'Last execution date, included' },
    param: paramOption,
    parallel: { kind: 'integer', takes: 'N', min: 1, max: 64, summary: 'Dates at work at once; default 1' },
    reverse: { kind: 'flag', summary: 'From the last date to the first' },
    'continue-on-failure': { kind: 'flag', summary: 'Go on after a date that did not complete' },
    only: {
      kind: 'choice',
      choices: { missing: 'missing', failed: 'failed' },
      summary: 'Only dates without any success (missing), or whose last started run did not complete (failed)',
    },
    ticks: { kind: 'flag', summary: 'One run for each tick of the schedule instead of one for each date' },
    resume: {
      kind: 'text',
      takes: 'BACKFILL_ID',
      names: ['backfill'],
      summary: 'Go on with the dates of a backfill that did not complete, as they were asked for',
    },
    'dry-run': { kind: 'flag', summary: 'Only list the dates and what would happen to each' },
    wait: { kind: 'flag', summary: 'Show progress until it has ended; exit 1 when it did not complete' },
    'idempotency-key': idempotencyKeyOption,
  },
  details: [
    'One run for each date, in order, one at a time; it stops at the first failure. It goes on by itself after a\nrestart of the server. The same command again is a new backfill from the beginning.',
  ],
  examples: [
    'iceberg.analytics.daily_clicks --start 2024-01-01 --end 2024-01-07',
    'iceberg.analytics.daily_clicks -s 2024-01-01 -e 2024-06-30 --parallel 4 --wait',
    'iceberg.analytics.daily_clicks -s 2024-01-01 -e 2024-01-07 --only missing --dry-run',
    'iceberg.analytics.daily_clicks --resume bf-20240115-093045 --wait',
  ],
  run: async ({ args, options }, context) => {
    const request = readBackfillRequest(options);
    const client = await context.connect();
    const words = { dataset: args.dataset, key: options['idempotency-key'], wait: options.wait };
    return request.kind === 'resume'
      ? resume(client, { ...words, backfillId: request.backfillId }, context)
      : start(client, { ...words, request }, context);
  },
});

interface Words {
  readonly dataset: string;
  readonly key: string | undefined;
  readonly wait: boolean;
}

async function start(
  client: BasecampClient,
  { dataset, key, wait, request }: Words & { readonly request: BackfillWords },
  context: CommandContext,
): Promise<number> {
  const { io, format, json, say } = context;
  const { kind: _, ...input } = request;
  const answer = await client.workflow.backfill({ dataset, ...input }, callOptions(context, key));
  if (!isStarted(answer)) {
    if (format === 'json') json(answer);
    else io.stdout.write(renderPlan(answer, context));
    return 0;
  }
  if (format !== 'json' || wait) {
    const why = answer.total_runs === 0 && answer.reason !== null ? [`Reason: ${answer.reason}`] : [];
    say(
      `Backfill started for ${countRuns(answer)}`,
      `Backfill: ${answer.backfill_id}`,
      ...why,
      ...estimateLines(answer.estimate),
    );
  }
  if (wait) return waitAndTell(client, answer.backfill_id, context);
  if (format === 'json') json(answer);
  return 0;
}

async function resume(
  client: BasecampClient,
  { dataset, key, wait, backfillId }: Words & { readonly backfillId: string },
  context: CommandContext,
): Promise<number> {
  const { format, json, say } = context;
  const answer = await client.backfill.resume(
    { backfill_id: backfillId, dataset_name: dataset },
    callOptions(context, key),
  );
  if (format !== 'json' || wait) {
    const isOther = answer.previous_revision !== answer.revision;
    say(
      `Backfill resumed for ${countDates(answer.resumed_runs)}`,
      `Backfill: ${answer.backfill_id}`,
      ...(isOther ? ['The spec has changed since: these dates run its present revision'] : []),
      ...estimateLines(answer.estimate),
    );
  }
  if (wait) return waitAndTell(client, answer.backfill_id, context);
  if (format === 'json') json(answer);
  return 0;
}

async function waitAndTell(client: BasecampClient, backfillId: string, context: CommandContext): Promise<number> {
  const { followBackfill } = await import('../../client/wait.ts');
  const progress = createProgress(context);
  const reason = createWaitReason({
    explain: (run_id, signal) => client.workflow.explainRun({ run_id }, { signal }),
    tell: progress.note,
    pause: context.io.pause,
  });
  const onState = (backfill: Backfill) => {
    progress.update(backfill);
    // While a date is at work the backfill goes on, and nothing has to be explained.
    reason.update(backfill.counts.RUNNING > 0 ? undefined : (backfill.next_run_id ?? undefined));
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
  if (backfill.status !== 'COMPLETED') throw await backfillFailed(client, backfill, context.io.signal);
  return 0;
}

function isStarted(answer: StartedBackfill | BackfillPlan): answer is StartedBackfill {
  return 'backfill_id' in answer;
}
