import type { WorkflowRun } from '../../contract/runs.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { nextText } from '../render/explanation.ts';
import { runLines } from '../render/run.ts';
import { statusText } from '../render/status-words.ts';
import { formatTime } from '../render/times.ts';
import { visibleText } from '../render/visible.ts';
import { foldText } from '../render/wrap.ts';
import { runFailed } from '../run-failed.ts';
import { refuseBackfillId } from '../run-or-backfill.ts';
import { waitForEnd } from '../wait-for-end.ts';

export const command = defineCommand({
  args: {
    run_id: { summary: 'Run id; leading name parts may be left out where that is unambiguous', names: ['run'] },
  },
  options: {
    follow: { kind: 'flag', summary: 'Show each change until the run has ended' },
    'exit-code': { kind: 'flag', summary: 'Exit 1 when the run has ended without completing' },
  },
  details: ['With --follow and --format json the run is printed once, when it has ended.'],
  examples: [
    'iceberg.analytics.daily_clicks_20240115_093045',
    'daily_clicks_20240115_093045 --follow',
    'daily_clicks_20240115_093045 --exit-code',
  ],
  run: async ({ args, options }, context) => {
    refuseBackfillId(args.run_id);
    const shown = options.follow ? await follow(args.run_id, context) : { state: await read(args.run_id, context) };
    if ('exitCode' in shown) return shown.exitCode;
    const run = shown.state;
    if (context.format === 'json') context.json(run);
    else context.say(...runLines(run, context.io), ...(await whyLines(run.run_id, context)));
    if (options['exit-code'] && (run.status === 'FAILED' || run.status === 'KILLED')) throw runFailed(run);
    return 0;
  },
});

async function read(runId: string, { io, connect }: CommandContext): Promise<WorkflowRun> {
  const client = await connect();
  return client.workflow.status({ run_id: runId }, { signal: io.signal });
}

async function follow(runId: string, context: CommandContext) {
  const client = await context.connect();
  // The full id: events carry no shortened one.
  const { run_id } = await client.workflow.status({ run_id: runId }, { signal: context.io.signal });
  const { waitForRun } = await import('../../client/wait.ts');
  let last = '';
  const onState = (run: WorkflowRun) => {
    const line = changeLine(run);
    if (line === last) return;
    last = line;
    context.say(`${formatTime(context.io.now().toISOString(), { ...context.io, precision: 'seconds' })} ${line}`);
  };
  return waitForEnd(context, {
    what: 'run',
    stop: ['dli', 'workflow', 'stop', run_id],
    look: ['dli', 'workflow', 'status', run_id],
    wait: (signal) => waitForRun(client, run_id, { signal, onState }),
  });
}

function changeLine(run: WorkflowRun): string {
  const { attempt, max_attempts } = run;
  return `${statusText(run)}${attempt > 0 ? `, attempt ${attempt} of ${max_attempts}` : ''}`;
}

/** Says why the run is as it is, as `explain` does. */
async function whyLines(runId: string, { io, connect, maxWidth }: CommandContext): Promise<readonly string[]> {
  const client = await connect();
  const { sentence, command } = await client.workflow.explainRun({ run_id: runId }, { signal: io.signal });
  return [
    foldText(`Why: ${visibleText(sentence)}`, maxWidth),
    ...(command === null ? [] : [nextText(command, maxWidth)]),
  ];
}
