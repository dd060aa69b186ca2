import type { BasecampClient } from '../client/basecamp-client.ts';

/**
 * Asks whether a dataset is registered, so as to advise no command that would be refused. A server that cannot say makes no error
 * of a command that has done its work: then it is taken to be registered.
 */
export async function isRegistered(client: BasecampClient, dataset: string, signal: AbortSignal): Promise<boolean> {
  try {
    // Names come in order, so that one comes before the others that begin with it.
    const { items } = await client.workflow.list({ prefix: dataset, limit: 1 }, { signal });
    return items[0]?.dataset_name === dataset;
  } catch {
    return true;
  }
}
