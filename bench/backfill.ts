import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type BareWork, columns, dates, type Loop, lapsOf, query } from './backfill-loop.ts';
import { type Figure, median } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';

const example = new URL('../examples/flights/', import.meta.url).pathname;
/** Servers of the same code differ by 0.3 ms for as long as they live, side by side in the same minutes. */
const pairs = 5;
/** The machine changes its speed from second to second, so one round says little. */
const roundsEach = 6;
/** The ledger's row by itself is measured in every third round, as it has no goal; not in the first, in which the bare process is cold. */
const withLedgerIn = (round: number) => round % 3 === 1;

/** A table for each round, so that both sides begin with an empty one: to delete rows takes longer than to find none. */
const targetOf = (round: number) => `iceberg.analytics.bench_flights_${round}`;

/** Measures what the server adds to each date of a 181-date backfill, against a bare DuckDB loop with the same statements. */
export async function measureBackfill(): Promise<readonly Figure[]> {
  const all: Pair[] = [];
  for (let pair = 0; pair < pairs; pair += 1) all.push(await measurePair());
  const through = all.flatMap((pair) => pair.through);
  const bare = all.flatMap((pair) => pair.bare);
  const added = (side: (pair: Pair) => Side) => median(all.flatMap((pair) => differences(pair, side(pair))));
  const addedInAll = median(
    all.flatMap((pair) =>
      pair.through.map(({ ms }, round) => (ms - beside(pair, round, (loop) => loop.ms)) / dates.length),
    ),
  );
  const each = all.map((pair) => median(differences(pair, pair.through)).toFixed(2)).join(', ');
  return [
    {
      what: 'time added to each date of the 181-date backfill, median',
      value: added((pair) => pair.through),
      unit: 'ms',
      goal: { at: 'most', value: 1 },
      baseline: {
        what: 'bare DuckDB transaction, median',
        value: median(bare.flatMap((loop) => loop.dates)),
        unit: 'ms',
      },
      note: `each date but the first beside the same date of the bare loops before and after; ${pairs} servers, ${roundsEach} backfills each: ${each} ms`,
    },
    {
      what: '… mean over the dates, the start of the backfill included',
      value: addedInAll,
      unit: 'ms',
      goal: null,
      baseline: {
        what: 'bare DuckDB transaction, mean',
        value: median(bare.map(({ ms }) => ms)) / dates.length,
        unit: 'ms',
      },
      note: `whole backfill ${whole(through)} ms, bare loop ${whole(bare)} ms; median of ${pairs * roundsEach} rounds`,
    },
    {
      what: "… of which the ledger's row, added to each bare transaction, median",
      value: added((pair) => pair.withLedger),
      unit: 'ms',
      goal: null,
      baseline: null,
    },
  ];
}

/** A loop for each round that has one. */
type Side = readonly (Loop | undefined)[];

/** What one server and one bare process took in turn. */
interface Pair {
  readonly through: readonly Loop[];
  /** One more than there are rounds: before and after each. */
  readonly bare: readonly Loop[];
  /** Of every third round. */
  readonly withLedger: Side;
}

async function measurePair(): Promise<Pair> {
  const server = await startBenchServer({ config: join(example, 'basecamp.yaml') });
  try {
    const bareProcess = startBareProcess();
    try {
      return await measureInTurn(server, bareProcess);
    } finally {
      await bareProcess.close();
    }
  } finally {
    await server.close();
  }
}

async function measureInTurn(server: BenchServer, bareProcess: BareProcess): Promise<Pair> {
  for (let round = 0; round < roundsEach; round += 1)
    await server.client.workflow.register({ spec: benchSpec(targetOf(round)) });
  const through: Loop[] = [];
  const bare: Loop[] = [];
  const withLedger: (Loop | undefined)[] = [];
  for (let round = 0; round < roundsEach; round += 1) {
    const target = targetOf(round);
    bare.push(await bareProcess.loop({ target, ledger: false }));
    through.push(await backfillOnce(server, target));
    withLedger.push(withLedgerIn(round) ? await bareProcess.loop({ target, ledger: true }) : undefined);
  }
  bare.push(await bareProcess.loop({ target: targetOf(roundsEach), ledger: false }));
  return { through, bare, withLedger };
}

/** The mean of the bare loops before and after a round, since the machine's speed drifts. */
function beside({ bare }: Pair, round: number, of: (loop: Loop) => number | undefined): number {
  return [bare[round], bare[round + 1]].reduce((sum, loop) => sum + ((loop && of(loop)) ?? NaN) / 2, 0);
}

/** How much longer each date took on one side than in the bare loops beside it. */
function differences(pair: Pair, side: Side): readonly number[] {
  return side.flatMap((loop, round) =>
    (loop?.dates ?? []).map((ms, date) => ms - beside(pair, round, ({ dates: bare }) => bare[date])),
  );
}

/** A process for bare loops alone, as the server's are for its runs. */
interface BareProcess {
  readonly loop: (work: BareWork) => Promise<Loop>;
  readonly close: () => Promise<void>;
}

function startBareProcess(): BareProcess {
  const child = fork(new URL('./bare-backfill.ts', import.meta.url), { execArgv: [] });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`exit code ${code ?? signal}`));
    child.once('error', ({ message }) => resolve(message));
  });
  return {
    async loop(work) {
      const lost = ended.then((why) => Promise.reject(new Error(`the bare process has ended: ${why}`)));
      const answered = once(child, 'message');
      // A failure to send means that it is going.
      child.send(work, () => undefined);
      // It answers each message with the loop that it ran.
      const [loop] = (await Promise.race([answered, lost])) as [Loop];
      return loop;
    },
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function benchSpec(target: string): string {
  return `name: ${target}
owner: bench@example.com
team: "@bench"
pre_statements:
  - {name: create, sql: "CREATE TABLE IF NOT EXISTS ${target} ${columns}"}
  - {name: delete_day, sql: "DELETE FROM ${target} WHERE flight_date = DATE '{{ execution_date }}'"}
query_statement: |
  ${query(target, { start: '{{ execution_date }}', end: '{{ tomorrow_ds }}' }).trim().replaceAll('\n', '\n  ')}
parameters:
  - {name: execution_date, type: date, required: true}
execution: {dialect: trino}
`;
}

function whole(side: readonly Loop[]): number {
  return Math.round(median(side.map(({ ms }) => ms)));
}

/** Runs the backfill; from its acceptance to its end, as the server records them in whole milliseconds. Nobody follows it meanwhile. */
async function backfillOnce({ client }: BenchServer, dataset: string): Promise<Loop> {
  const started = await client.workflow.backfill({
    dataset,
    start_date: '2001-01-01',
    end_date: '2001-06-30',
    params: {},
    dry_run: false,
  });
  if (!('backfill_id' in started)) throw new Error('a dry run was not asked for');
  for (;;) {
    await setTimeout(100);
    const now = await client.backfill.status({ backfill_id: started.backfill_id });
    if (now.finished_at === null) continue;
    if (now.status !== 'COMPLETED') throw new Error(`the backfill ended ${now.status}: ${now.reason}`);
    const ms = Date.parse(now.finished_at) - Date.parse(now.created_at);
    return { ms, dates: lapsOf(await endsOf(client, dataset)) };
  }
}

/** When the runs of a dataset ended, in order. */
async function endsOf(client: BenchServer['client'], dataset: string): Promise<readonly number[]> {
  const ends: number[] = [];
  let cursor: string | null = null;
  do {
    const page = await client.workflow.history({ dataset_name: dataset, limit: 100, ...(cursor && { cursor }) });
    ends.push(...page.items.map(({ finished_at }) => Date.parse(finished_at ?? '')));
    cursor = page.next_cursor;
  } while (cursor !== null);
  if (ends.length !== dates.length || ends.some(Number.isNaN))
    throw new Error(`${ends.length} ends of ${dates.length}`);
  return ends.toSorted((left, right) => left - right);
}
