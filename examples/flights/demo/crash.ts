import { setTimeout as pause } from 'node:timers/promises';
import { BasecampClient } from '../../../src/client/basecamp-client.ts';
import { DemoFault } from './demo-fault.ts';
import type { Dli } from './dli.ts';
import type { DemoServer } from './server.ts';
import { printText, style } from './terminal.ts';

const lookEveryMs = 20;

/**
 * Starts a backfill and waits for it, kills the server once `datesBefore` dates are done, and gives the backfill's id. The
 * waiting command has to notice by itself.
 */
export async function killDuringBackfill(
  { dli, server }: { readonly dli: Dli; readonly server: DemoServer },
  {
    argv,
    dataset,
    datesBefore,
  }: {
    readonly argv: readonly string[];
    readonly dataset: string;
    readonly datesBefore: number;
  },
): Promise<string> {
  const waiting = dli(argv, { exitCode: 6 });
  const killing = (async () => {
    const backfill = await reachProgress(server.url, { dataset, datesBefore });
    await server.kill();
    return backfill;
  })();
  const [backfill] = await Promise.all([killing, waiting]);
  printText(style('dim', `(The server, process ${server.pid}, was killed with SIGKILL after ${backfill.done} dates.)`));
  return backfill.id;
}

async function reachProgress(
  url: string,
  { dataset, datesBefore }: { readonly dataset: string; readonly datesBefore: number },
): Promise<{ readonly id: string; readonly done: number }> {
  const client = new BasecampClient({ url });
  for (;;) {
    const { items } = await client.backfill.list({ dataset_name: dataset, limit: 1 });
    const [newest] = items;
    if (newest && newest.counts.COMPLETED >= datesBefore) {
      return { id: newest.backfill_id, done: newest.counts.COMPLETED };
    }
    if (newest?.finished_at) throw new DemoFault(`the backfill ended as ${newest.status} before its time`);
    await pause(lookEveryMs);
  }
}
