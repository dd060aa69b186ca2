import type { BasecampClient } from '../../client/basecamp-client.ts';
import { DliError } from '../../contract/errors.ts';
import type { RegisteredWorkflow } from '../../contract/workflows.ts';
import { defineCommand } from '../command.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { readLocalSpec, withUserPaths } from '../local-spec.ts';
import { factLines } from '../render/facts.ts';
import { nextTickText } from '../render/next-tick.ts';
import { pausedText } from '../render/paused.ts';
import { visibleLine, visibleText } from '../render/visible.ts';

export const command = defineCommand({
  args: {
    spec: { summary: 'A spec file, or the name of a dataset whose spec lies below --path', names: ['file'] },
  },
  options: {
    cron: { kind: 'text', takes: 'CRON', summary: "Instead of the spec's own cron, e.g. '0 9 * * *'" },
    timezone: { kind: 'text', takes: 'TZ', summary: "Instead of the spec's own timezone, e.g. Asia/Seoul" },
    disabled: { kind: 'flag', summary: 'Keep the schedule but do not let it fire' },
    'retry-attempts': {
      kind: 'integer',
      takes: 'N',
      min: 1,
      summary: "Instead of the spec's own: attempts of a run in all",
    },
    'retry-delay': {
      kind: 'integer',
      takes: 'SECONDS',
      min: 0,
      summary: "Instead of the spec's own: seconds between attempts",
    },
    force: { kind: 'flag', summary: 'Update the registration when there is one' },
    path: {
      kind: 'text',
      takes: 'DIR',
      summary: 'Where to look for the spec of a dataset; default here',
      names: ['folder'],
    },
    'idempotency-key': idempotencyKeyOption,
  },
  details: ['The spec and the SQL files that it names are read here, checked, and sent to the server.'],
  examples: [
    'dataset.iceberg.analytics.daily_clicks.yaml',
    'iceberg.analytics.daily_clicks --path specs --force',
    "iceberg.analytics.daily_clicks --cron '0 9 * * *' --timezone Asia/Seoul --retry-attempts 3",
  ],
  run: async ({ args, options }, context) => {
    const { io, connect, format, json, say } = context;
    const local = readLocalSpec(args.spec, { cwd: io.cwd, folder: options.path });
    const upload: Upload = {
      dataset: local.spec.name,
      isUpdateAllowed: options.force,
      body: {
        spec: local.text,
        file_name: local.file,
        files: { ...local.sqlFiles },
        schedule: {
          cron: options.cron,
          timezone: options.timezone,
          enabled: options.disabled ? false : undefined,
          retry_attempts: options['retry-attempts'],
          retry_delay_seconds: options['retry-delay'],
        },
      },
    };
    const { workflow, isUpdate } = await send(
      await connect(),
      upload,
      callOptions(context, options['idempotency-key']),
    ).catch((error: unknown) => {
      throw error instanceof DliError ? withUserPaths(error, local) : error;
    });
    if (format === 'json') json(workflow);
    else
      say(
        `Workflow ${isUpdate ? 'updated' : 'registered'}: ${visibleLine(workflow.dataset_name)}`,
        ...workflowLines(workflow),
        ...pausedLines(workflow, io.timeZone),
      );
    for (const warning of workflow.warnings) io.stderr.write(`Warning: ${visibleText(warning)}\n`);
    return 0;
  },
});

interface Upload {
  readonly dataset: string;
  readonly isUpdateAllowed: boolean;
  readonly body: Parameters<BasecampClient['workflow']['register']>[0];
}

async function send(
  client: BasecampClient,
  { dataset, isUpdateAllowed, body }: Upload,
  call: ReturnType<typeof callOptions>,
) {
  try {
    return { workflow: await client.workflow.register(body, call), isUpdate: false };
  } catch (error) {
    // Of what code owns, too: the update says whether there is a manual registration that is overridden.
    const isTaken = error instanceof DliError && (error.code === 'DLI-804' || error.code === 'DLI-803');
    if (!isUpdateAllowed || !isTaken) throw error;
    return { workflow: await client.workflow.update({ dataset, ...body }, call), isUpdate: true };
  }
}

function workflowLines({ schedule, next_run_at, reads, writes }: RegisteredWorkflow): readonly string[] {
  const names = (list: readonly string[]) => (list.length === 0 ? undefined : visibleLine(list.join(', ')));
  const when =
    schedule === null
      ? 'none; it runs on demand'
      : `${schedule.cron} (${schedule.timezone})${schedule.enabled ? '' : ', disabled'}`;
  return factLines([
    ['Schedule', visibleLine(when)],
    ['Next run', nextTickText({ schedule, next_run_at })],
    ['Reads', names(reads)],
    ['Writes', names(writes)],
  ]);
}

/** Nothing but unpause ends a pause, which is easily forgotten. */
function pausedLines({ dataset_name, paused }: RegisteredWorkflow, timeZone: string): readonly string[] {
  if (paused === null) return [];
  const dataset = visibleLine(dataset_name);
  return [`Still paused ${pausedText(paused, timeZone)}. To end the pause: dli workflow unpause ${dataset}`];
}
