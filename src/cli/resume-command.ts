import type { BasecampClient } from '../client/basecamp-client.ts';
import type { Backfill } from '../contract/backfills.ts';
import type { WorkflowDetail } from '../contract/workflows.ts';
import { commandLine } from './render/command-line.ts';

type Default = Pick<WorkflowDetail['parameters'][number], 'name' | 'default'>;

/**
 * Writes the command that computes the dates which did not complete; undefined while the backfill goes on or when there
 * are none. It gives only what differs from the declared defaults: a backfill holds a value for every parameter, and null
 * where there is none, which a command line cannot say.
 */
export function resumeCommand(
  {
    dataset_name,
    resume_date,
    end_date,
    params,
  }: Pick<Backfill, 'dataset_name' | 'resume_date' | 'end_date' | 'params'>,
  declared: readonly Default[],
): string | undefined {
  if (resume_date === null) return undefined;
  const defaults = new Map(declared.map((one) => [one.name, JSON.stringify(one.default)]));
  const given = Object.entries(params)
    // Each run has its own date; giving one is refused.
    .filter(([name, value]) => name !== 'execution_date' && value !== null)
    .filter(([name, value]) => defaults.get(name) !== JSON.stringify(value))
    .flatMap(([name, value]) => ['-p', `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`]);
  return commandLine(['dli', 'workflow', 'backfill', dataset_name, '-s', resume_date, '-e', end_date, ...given]);
}

/** Makes the command that goes on with a backfill, asking for the defaults; where they cannot be had it gives every value. */
export async function readResumeCommand(
  client: BasecampClient,
  backfill: Backfill,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string | undefined> {
  if (backfill.resume_date === null) return undefined;
  const parameters = await client.workflow.show({ dataset: backfill.dataset_name }, options).then(
    (workflow) => workflow.parameters,
    () => [],
  );
  return resumeCommand(backfill, parameters);
}
