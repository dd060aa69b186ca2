import type { BasecampClient } from '../../client/basecamp-client.ts';
import type { DryRun, WorkflowRun } from '../../contract/runs.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { paramOption } from '../param-option.ts';
import { readParams } from '../params.ts';
import { dryRunLines } from '../render/dry-run.ts';
import { formatDuration } from '../render/times.ts';
import { visibleLine } from '../render/visible.ts';
import { runFailed } from '../run-failed.ts';
import { waitForEnd } from '../wait-for-end.ts';
import { createWaitReason } from '../wait-reason.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: {
    param: paramOption,
    'dry-run': { kind: 'flag', summary: 'Only tell what would run: parameters, SQL, what it reads and writes' },
    wait: { kind: 'flag', summary: 'Wait until the run has ended; exit 1 when it did not complete' },
    'idempotency-key': idempotencyKeyOption,
  },
  details: [
    'Without --wait it returns at once; status and logs tell the rest. The parameters of a dataset: dli workflow show <dataset>',
  ],
  examples: [
    'iceberg.analytics.daily_clicks -p execution_date=2024-01-15',
    'iceberg.analytics.daily_clicks -p execution_date=2024-01-15 --dry-run',
    'iceberg.analytics.daily_clicks -p execution_date=2024-01-15 --wait',
  ],
  run: async ({ args, options }, context) => {
    const params = readParams(options.param);
    const client = await context.connect();
    const answer = await client.workflow.run(
      { dataset: args.dataset, params, dry_run: options['dry-run'] },
      callOptions(context, options['idempotency-key']),
    );
    if (!isRun(answer)) {
      if (context.format === 'json') context.json(answer);
      else context.say(...dryRunLines(answer));
      return 0;
    }
    if (context.format !== 'json' || options.wait) context.say(`Run started: ${visibleLine(answer.run_id)}`);
    if (options.wait) return waitAndTell(client, answer.run_id, context);
    if (context.format === 'json') context.json(answer);
    return 0;
  },
});

async function waitAndTell(client: BasecampClient, runId: string, context: CommandContext): Promise<number> {
  const { waitForRun } = await import('../../client/wait.ts');
  const reason = createWaitReason({
    explain: (run_id, signal) => client.workflow.explainRun({ run_id }, { signal }),
    tell: context.say,
    pause: context.io.pause,
  });
  const onState = ({ status, run_id }: WorkflowRun) => reason.update(status === 'PENDING' ? run_id : undefined);
  const waited = await waitForEnd(context, {
    what: 'run',
    stop: ['dli', 'workflow', 'stop', runId],
    look: ['dli', 'workflow', 'status', runId],
    wait: (signal) => waitForRun(client, runId, { signal, onState }),
  }).finally(reason.close);
  if ('exitCode' in waited) return waited.exitCode;
  const run = waited.state;
  if (context.format === 'json') context.json(run);
  if (run.status !== 'COMPLETED') throw runFailed(run);
  const duration = run.duration_seconds === null ? '' : ` in ${formatDuration(run.duration_seconds)}`;
  context.say(context.paint.green(`Run completed: ${visibleLine(run.run_id)}${duration}`));
  return 0;
}

function isRun(answer: WorkflowRun | DryRun): answer is WorkflowRun {
  return 'run_uid' in answer;
}
