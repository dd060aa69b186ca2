import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { BasecampClient } from '../../../src/client/basecamp-client.ts';
import { followBackfill } from '../../../src/client/wait.ts';
import { barLines } from './bars.ts';
import type { Done } from './checks.ts';
import { killDuringBackfill } from './crash.ts';
import { createDli } from './dli.ts';
import { waitForCatchUp } from './night.ts';
import { type DemoServer, startServer } from './server.ts';
import { printHeading, printText } from './terminal.ts';
import { tellTwoOwners } from './two-owners.ts';

const flights = 'iceberg.analytics.daily_flights';
const routes = 'iceberg.analytics.daily_routes';
const airports = 'iceberg.analytics.weekly_airports';
const longest = 'iceberg.analytics.longest_delays';
const firstDate = '2001-01-01';
const lastDate = '2001-06-30';
const range = ['-s', firstDate, '-e', lastDate];

/** What the story needs of the demo around it. */
export interface Stage {
  /** Temporary folder. */
  readonly folder: string;
  /** Aborted when the demo is interrupted. */
  readonly signal: AbortSignal;
  /** Called with every server that is started, so that it is stopped whatever happens. */
  readonly onServer: (server: DemoServer) => void;
}

/** Tells the whole story and returns what was done. */
export async function tellStory({ folder, signal, onServer }: Stage): Promise<Done> {
  const dataDir = join(folder, 'dli');
  const secret = randomUUID();
  const start = async (port: string, isDayBack = false) => {
    signal.throwIfAborted();
    const server = await startServer({ dataDir, port, secret, isDayBack });
    onServer(server);
    return server;
  };
  printHeading('1. Start a server');
  printText(
    'One process, one folder. The commands run in examples/flights. The clock of this server is set a day back.',
  );
  const yesterday = await start('0', true);
  const dli = createDli(yesterday.url, { signal });

  printHeading('2. Register datasets: a YAML spec and SQL written for Trino');
  for (const dataset of [flights, routes, airports]) await dli(['workflow', 'register', dataset]);
  await dli(['workflow', 'list']);

  printHeading('3. The server is down for a night, and the tick that it missed runs');
  await yesterday.stop();
  const server = await start(yesterday.port);
  await waitForCatchUp(server, flights, signal);
  await dli(['workflow', 'history', '-d', flights, '--wide']);

  printHeading('4. Look before running, then run one day');
  await dli(['workflow', 'run', flights, '-p', 'execution_date=2001-03-14', '--dry-run']);
  await dli(['workflow', 'run', flights, '-p', 'execution_date=2001-03-14', '--wait']);

  printHeading('5. Backfill half a year: 181 dates, one transaction each');
  await dli(['workflow', 'backfill', flights, ...range, '--wait']);

  printHeading('6. A backfill that fails in the middle: why, and on it goes');
  await dli(['workflow', 'register', longest, '--path', 'datasets']);
  await dli(['workflow', 'backfill', longest, '-s', '2001-01-03', '-e', '2001-01-09', '--wait'], { exitCode: 1 });
  const failed = await failedBackfill(server.url);
  await dli(['workflow', 'explain', failed.runId]);
  await dli(['workflow', 'logs', failed.runId]);
  printText('', 'The spec is mended, and the same backfill goes on with the dates that did not complete:');
  await dli(['workflow', 'register', 'mended/dataset.iceberg.analytics.longest_delays.yaml', '--force']);
  await dli(['workflow', 'backfill', longest, '--resume', failed.backfillId, '--wait']);
  await dli(['workflow', 'preview', longest]);

  printHeading('7. Kill the server in the middle of a backfill');
  const backfillId = await killDuringBackfill(
    { dli, server },
    { argv: ['workflow', 'backfill', routes, ...range, '--wait'], dataset: routes, datesBefore: 60 },
  );
  printText('', 'A new server on the same folder goes on by itself:');
  const restarted = await start(server.port);
  await dli(['workflow', 'backfill-status', backfillId]);
  printText('', 'And when it is through:');
  await followBackfill(new BasecampClient({ url: restarted.url }), backfillId, { signal });
  await dli(['workflow', 'backfill-status', backfillId]);

  await tellTwoOwners({ dli, url: restarted.url, folder, secret, signal });

  printHeading('10. What was computed');
  await dli(['workflow', 'run', airports, '-p', 'execution_date=2001-06-24', '--wait']);
  await showWorstAirports(restarted.url);
  await dli(['workflow', 'history', '-n', '6']);
  const completed = await completedRuns(restarted.url);
  await restarted.stop();
  const catalogFile = join(dataDir, 'warehouse', 'iceberg.duckdb');
  return { catalogFile, firstDate, lastDate, dates: 181, completed };
}

/** The newest backfill, and its run that failed. */
async function failedBackfill(url: string): Promise<{ readonly backfillId: string; readonly runId: string }> {
  const [newest] = (await new BasecampClient({ url }).backfill.list({ limit: 1 })).items;
  return { backfillId: newest?.backfill_id ?? '', runId: newest?.failed_run_id ?? '' };
}

/** Draws the ten least punctual airports of the week, read through the server's API. */
async function showWorstAirports(url: string): Promise<void> {
  const { rows } = await new BasecampClient({ url }).workflow.preview({ dataset: airports, limit: 100 });
  const worst = rows.toSorted((left, right) => Number(left.place) - Number(right.place)).slice(0, 10);
  const bars = worst.map(({ origin, city, on_time_share }) => ({
    label: `${origin}  ${city}`,
    share: 1 - Number(on_time_share),
  }));
  printText('', 'Flights that were 15 minutes late or more, the worst airports of the week of', '18 June 2001:', '');
  printText(...barLines(bars));
}

/** Reads the uids of all completed runs, page by page. */
async function completedRuns(url: string): Promise<ReadonlySet<string>> {
  const client = new BasecampClient({ url });
  const uids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await client.workflow.history({ status: 'COMPLETED', limit: 100, cursor });
    for (const { run_uid } of page.items) uids.add(run_uid);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return uids;
}
