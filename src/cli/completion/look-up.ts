import type { BasecampClient } from '../../client/basecamp-client.ts';
import type { Backfill } from '../../contract/backfills.ts';
import type { WorkflowRun } from '../../contract/runs.ts';
import { shortRunId } from '../../core/run-id.ts';
import type { Named } from '../command.ts';
import { statusWord } from '../render/status-words.ts';
import type { Candidate } from './candidates.ts';

/** How many names are asked for and offered: a terminal shows no more of them. */
const most = 200;

type Server = (
  ask: (client: BasecampClient, signal: AbortSignal) => Promise<readonly Candidate[]>,
) => Promise<readonly Candidate[]>;

/** Finds the names on the server that begin as `typed` does. Files and folders are the shell's to find. */
export async function lookUp(name: Named, typed: string, server: Server): Promise<readonly Candidate[]> {
  switch (name) {
    case 'dataset':
      return server((client, signal) => datasets(client, typed, signal));
    case 'run':
      return server((client, signal) => runs(client, typed, signal));
    case 'unfinished-run':
      return server(async (client, signal) => {
        const [running, pending] = await Promise.all([
          runs(client, typed, signal, 'RUNNING'),
          runs(client, typed, signal, 'PENDING'),
        ]);
        return [...running, ...pending];
      });
    case 'backfill':
      return server((client, signal) => backfills(client, signal));
    case 'unfinished-backfill':
      return server(async (client, signal) => {
        const [running, pending] = await Promise.all([
          backfills(client, signal, 'RUNNING'),
          backfills(client, signal, 'PENDING'),
        ]);
        return [...running, ...pending];
      });
    case 'shell':
      return ['bash', 'zsh', 'fish'].map((text) => ({ text }));
    case 'file':
    case 'folder':
      return [];
  }
}

async function datasets(client: BasecampClient, typed: string, signal: AbortSignal): Promise<readonly Candidate[]> {
  const page = await client.workflow.list({ prefix: typed || undefined, limit: most }, { signal });
  const names = new Map(page.items.map(({ dataset_name, description }) => [dataset_name, description ?? '']));
  return Array.from(names, ([text, summary]) => ({ text, summary }));
}

async function runs(
  client: BasecampClient,
  typed: string,
  signal: AbortSignal,
  status?: WorkflowRun['status'],
): Promise<readonly Candidate[]> {
  const recent = (dataset_name: string | undefined) =>
    client.workflow.history({ dataset_name, status, limit: most }, { signal });
  // What stands before the time is the dataset, so that older runs of it are found too; of a short id it is a part of it.
  const [, dataset] = /^(.+?)_\d{8}[\d_]*$/.exec(typed) ?? [];
  const found = dataset === undefined ? [] : (await recent(dataset)).items;
  const items = found.length > 0 ? found : (await recent(undefined)).items;
  return items.map((run) => {
    const short = shortRunId(run.run_id);
    const isShort = !run.run_id.startsWith(typed) && short.startsWith(typed);
    return { text: isShort ? short : run.run_id, summary: `${statusWord(run)}, ${run.run_type}` };
  });
}

async function backfills(
  client: BasecampClient,
  signal: AbortSignal,
  status?: Backfill['status'],
): Promise<readonly Candidate[]> {
  const { items } = await client.backfill.list({ status, limit: most }, { signal });
  return items.map(({ backfill_id, dataset_name, ...one }) => ({
    text: backfill_id,
    summary: `${one.status.toLowerCase()}, ${dataset_name}`,
  }));
}
