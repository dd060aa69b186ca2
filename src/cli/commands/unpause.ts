import type { UnpausedWorkflow } from '../../contract/workflows.ts';
import { counted } from '../../core/counted.ts';
import { defineCommand } from '../command.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { nextTickText } from '../render/next-tick.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: {
    catchup: {
      kind: 'choice',
      choices: { latest: 'latest', all: 'all' },
      summary: 'Also run the newest tick of the pause, or all of them (at most 1,000, the oldest first)',
    },
    'idempotency-key': idempotencyKeyOption,
  },
  details: [
    'The workflow waits for its next tick. Ticks of the pause are kept as skipped_paused, unless --catchup asks for them.',
  ],
  examples: ['iceberg.analytics.daily_clicks', 'iceberg.analytics.daily_clicks --catchup latest'],
  run: async ({ args, options }, context) => {
    const { format, json, say } = context;
    const client = await context.connect();
    const workflow = await client.workflow.unpause(
      { dataset: args.dataset, catchup: options.catchup },
      callOptions(context, options['idempotency-key']),
    );
    if (format === 'json') json(workflow);
    else say(`Workflow unpaused: ${visibleLine(workflow.dataset_name)}`, ...pauseLines(workflow));
    return 0;
  },
});

function pauseLines(workflow: UnpausedWorkflow): readonly string[] {
  const { skipped_ticks, run_ids } = workflow;
  const next = nextTickText(workflow);
  return [
    ...(run_ids.length === 0
      ? []
      : [`Caught up: ${counted(run_ids.length, 'run')}, the first is ${visibleLine(run_ids[0] ?? '')}`]),
    ...(skipped_ticks === null ? [] : skippedLines(skipped_ticks)),
    ...(next === undefined ? [] : [`Next run: ${next}`]),
  ];
}

function skippedLines({ count, first_date, last_date, command }: NonNullable<UnpausedWorkflow['skipped_ticks']>) {
  const skipped = `Skipped while it was paused: ${counted(count, 'tick')}, for ${first_date} to ${last_date}.`;
  return command === null ? [skipped] : [`${skipped} To compute these dates:`, `  ${visibleLine(command)}`];
}
