import type { BasecampClient } from '../../src/client/basecamp-client.ts';
import { waitForRun } from '../../src/client/wait.ts';
import type { WorkflowRun } from '../../src/contract/runs.ts';
import { type AppendingDataset, appendingSpec } from './datasets.ts';

/** Registers appending datasets. */
export async function register(client: BasecampClient, ...datasets: readonly AppendingDataset[]): Promise<void> {
  for (const dataset of datasets) await client.workflow.register({ spec: appendingSpec(dataset) });
}

/** Triggers a run of an appending dataset. */
export async function startRun(
  client: BasecampClient,
  dataset: string,
  params: { readonly rows?: number } = {},
): Promise<WorkflowRun> {
  const run = await client.workflow.run({ dataset, params: { execution_date: '2024-01-15', ...params } });
  if ('run_id' in run) return run;
  throw new Error('a dry run was not asked for');
}

/** Triggers a run of an appending dataset and waits for its end. */
export async function runToEnd(
  client: BasecampClient,
  dataset: string,
  params: { readonly rows?: number } = {},
): Promise<WorkflowRun> {
  const { run_id: runId } = await startRun(client, dataset, params);
  return waitForRun(client, runId);
}
