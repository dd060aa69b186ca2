import type { BasecampClient } from '../../client/basecamp-client.ts';
import type { LogLine, WorkflowRun } from '../../contract/runs.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { emptyLogText } from '../empty-log.ts';
import { readPages } from '../pages.ts';
import { formatTime } from '../render/times.ts';
import { visibleLine } from '../render/visible.ts';
import { refuseBackfillId } from '../run-or-backfill.ts';
import { waitForEnd } from '../wait-for-end.ts';

export const command = defineCommand({
  args: {
    run_id: { summary: 'Run id; leading name parts may be left out where that is unambiguous', names: ['run'] },
  },
  options: {
    follow: { kind: 'flag', summary: 'Go on with new lines until the run has ended' },
    attempt: { kind: 'integer', takes: 'N', min: 1, summary: 'Only this attempt' },
  },
  details: ['With --follow and --format json each line is a JSON object of its own.'],
  examples: [
    'iceberg.analytics.daily_clicks_20240115_093045',
    'daily_clicks_20240115_093045 --follow',
    'daily_clicks_20240115_093045 --attempt 2',
  ],
  run: async ({ args, options }, context) => {
    refuseBackfillId(args.run_id);
    const client = await context.connect();
    const request = { runId: args.run_id, attempt: options.attempt };
    return options.follow ? follow(client, request, context) : readOnce(client, request, context);
  },
});

interface LogRequest {
  readonly runId: string;
  readonly attempt: number | undefined;
}

/** A person waits; a server that is away for longer than it takes to restart is told of. */
const patienceMs = 1_000;

async function readOnce(client: BasecampClient, { runId, attempt }: LogRequest, context: CommandContext) {
  const { io, format, json, say } = context;
  const page = await readPages((each) =>
    client.workflow.logs({ ...each, run_id: runId, attempt }, { signal: io.signal }),
  );
  if (format === 'json') json(page);
  else if (page.items.length === 0) {
    const run = await client.workflow.status({ run_id: runId }, { signal: io.signal });
    io.stderr.write(`${emptyLogText(run, attempt)}\n`);
  } else say(...page.items.map((item) => lineText(item, context)));
  return 0;
}

async function follow(client: BasecampClient, { runId, attempt }: LogRequest, context: CommandContext) {
  const { io, format, say } = context;
  let isEmpty = true;
  const onLine = (line: LogLine) => {
    isEmpty = false;
    if (format === 'json') io.stdout.write(`${JSON.stringify(line)}\n`);
    else say(lineText(line, context));
  };
  const waited = await waitForEnd(context, {
    what: 'run',
    stop: ['dli', 'workflow', 'stop', runId],
    look: ['dli', 'workflow', 'logs', runId],
    wait: async (signal) => lastOf(await client.runs.followLog(runId, { attempt, signal, patienceMs }), onLine),
  });
  if ('exitCode' in waited) return waited.exitCode;
  if (isEmpty && format !== 'json') io.stderr.write(`${emptyLogText(waited.state, attempt)}\n`);
  return 0;
}

/** Gives each line to `onLine` and returns the run at the end. */
async function lastOf(lines: AsyncIterator<LogLine, WorkflowRun>, onLine: (line: LogLine) => void) {
  for (;;) {
    const { done, value } = await lines.next();
    if (done) return value;
    onLine(value);
  }
}

function lineText({ at, attempt, line }: LogLine, { io }: CommandContext): string {
  const time = formatTime(at, { timeZone: io.timeZone, precision: 'seconds' });
  return `${time} [attempt ${attempt}] ${visibleLine(line)}`;
}
