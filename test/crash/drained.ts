import type { BasecampClient } from '../../src/client/basecamp-client.ts';

/** Waits until a server has neither waiting nor running runs. It looks again whenever an event comes. @throws after `deadlineMs` */
export async function drained(client: BasecampClient, deadlineMs: number): Promise<void> {
  const signal = AbortSignal.timeout(deadlineMs);
  const events = await client.events.follow({}, { signal });
  for (;;) {
    const { runs } = await client.system.health(undefined, { signal });
    if (runs.PENDING + runs.RUNNING === 0) break;
    await events.next().catch(async (cause: unknown) => {
      const { items } = await client.workflow.history({ status: 'PENDING', limit: 5 });
      throw new Error(`not drained: ${JSON.stringify(runs)} ${JSON.stringify(items)}`, { cause });
    });
  }
  await events.return?.();
}
