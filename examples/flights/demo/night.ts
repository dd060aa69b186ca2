import { BasecampClient } from '../../../src/client/basecamp-client.ts';
import { DemoFault } from './demo-fault.ts';
import type { DemoServer } from './server.ts';

/** Waits until the tick that a dataset missed has made its run, and the run has ended. */
export async function waitForCatchUp({ url }: DemoServer, dataset: string, signal: AbortSignal): Promise<void> {
  const client = new BasecampClient({ url });
  const events = await client.events.follow({ dataset_name: dataset, kind: 'run.completed', after: 0 }, { signal });
  for await (const event of events) if (event.kind === 'run.completed') return;
  throw new DemoFault(`${dataset} was not caught up`);
}
