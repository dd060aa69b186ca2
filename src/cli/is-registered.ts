import type { BasecampClient } from '../client/basecamp-client.ts';

/** Asks whether a dataset is registered: what runs one that is not would be refused. */
export async function isRegistered(client: BasecampClient, dataset: string, signal: AbortSignal): Promise<boolean> {
  // Names come in order, so that one comes before the others that begin with it.
  const { items } = await client.workflow.list({ prefix: dataset, limit: 1 }, { signal });
  return items[0]?.dataset_name === dataset;
}
