import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { openSchedule } from '../src/core/schedule.ts';
import { type Figure, median, quantile } from './figure.ts';
import { makeLargeState } from './large-state.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';

const schedules = 10_000;
const idleMs = 20_000;
/** The API is asked this often while the ticks fire. */
const askEveryMs = 10;

/** Measures 10,000 schedules: due in the same minute, and none due for hours. */
export async function measureTicks(): Promise<readonly Figure[]> {
  return [...(await measureDue()), ...(await measureIdle()), measureNextTick()];
}

async function measureDue(): Promise<readonly Figure[]> {
  let folder = '';
  const server = await startBenchServer({
    prepare: async (dataDir) => {
      folder = dataDir;
      makeLargeState(dataDir, { workflows: schedules, runs: 0, cron: '* * * * *' });
    },
  });
  try {
    // Not in the minute of the start, in which the ticks of the downtime are caught up.
    const due = Math.ceil((Date.now() + 5_000) / 60_000) * 60_000;
    await pause(due - 500 - Date.now());
    const answers = await askUntil(
      server,
      () => recorded(folder, due).length === schedules || Date.now() > due + 20_000,
    );
    const lateness = recorded(folder, due);
    return [
      {
        what: `${schedules.toLocaleString('en')} schedules due in the same minute: the tick's recorded run is late by, p99`,
        value: quantile(lateness, 0.99) / 1000,
        unit: 's',
        goal: { at: 'most', value: 1 },
        baseline: null,
        note: `${lateness.length} recorded, median ${(median(lateness) / 1000).toFixed(2)} s`,
      },
      {
        what: '… an answer of the API meanwhile, p99',
        value: quantile(answers, 0.99),
        unit: 'ms',
        goal: { at: 'most', value: 100 },
        baseline: null,
        note: `${answers.length} answers to list and trigger, slowest ${quantile(answers, 1).toFixed(0)} ms`,
      },
    ];
  } finally {
    await server.close();
  }
}

/** How late (ms) each tick of a minute was recorded. */
function recorded(folder: string, due: number): readonly number[] {
  const sqlite = new DatabaseSync(join(folder, 'state.sqlite'), { readOnly: true });
  const rows = sqlite.prepare("SELECT recorded_at FROM ticks WHERE scheduled_at = ? AND outcome = 'run'").all(due);
  sqlite.close();
  return rows.map(({ recorded_at }) => Number(recorded_at) - due);
}

/** Asks the API again and again; tells how long each answer took, in ms. */
async function askUntil({ client }: BenchServer, isDone: () => boolean): Promise<readonly number[]> {
  const answers: number[] = [];
  for (let index = 0; index % 20 !== 0 || !isDone(); index += 1) {
    const startedAt = performance.now();
    if (index % 2 === 0) await client.workflow.list({ limit: 20 });
    else
      await client.workflow.run({ dataset: 'iceberg.bench.dataset_00000', params: { execution_date: '2024-01-01' } });
    answers.push(performance.now() - startedAt);
    await pause(askEveryMs);
  }
  return answers;
}

async function measureIdle(): Promise<readonly Figure[]> {
  if (process.platform !== 'linux') return [];
  const hour = (new Date().getUTCHours() + 3) % 24;
  const server = await startBenchServer({
    prepare: async (dataDir) =>
      makeLargeState(dataDir, { workflows: schedules, runs: 0, cron: `0 ${hour},${(hour + 9) % 24} * * *` }),
  });
  try {
    await pause(5_000);
    const before = cpuMs(server.process.pid);
    await pause(idleMs);
    const share = (cpuMs(server.process.pid) - before) / idleMs;
    return [
      {
        what: `CPU of an idle server with ${schedules.toLocaleString('en')} schedules, none due for an hour`,
        value: share * 100,
        unit: '% of a core',
        goal: { at: 'most', value: 1 },
        baseline: null,
      },
    ];
  } finally {
    await server.close();
  }
}

/** CPU time of a process so far, in ms: Linux counts it in hundredths of a second. */
function cpuMs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function measureNextTick(): Figure {
  const rules = [
    '* * * * *',
    '*/15 * * * *',
    '0 9 * * MON-FRI',
    '30 2 * * *',
    '0 0 1 * *',
    '0 0 29 2 *',
    '@yearly',
  ].flatMap((cron) =>
    ['UTC', 'Asia/Seoul', 'America/New_York', 'Australia/Lord_Howe'].map((timezone) =>
      openSchedule({ cron, timezone }),
    ),
  );
  const microseconds = rules.flatMap((schedule) => {
    schedule.next(Date.now());
    return Array.from({ length: 50 }, (_, index) => {
      const startedAt = performance.now();
      schedule.next(Date.now() + index * 3_600_000);
      return (performance.now() - startedAt) * 1000;
    });
  });
  return {
    what: 'next tick of a schedule, median',
    value: median(microseconds),
    unit: 'µs',
    goal: { at: 'most', value: 50 },
    baseline: null,
    note: `slowest ${quantile(microseconds, 1).toFixed(0)} µs; of minutely to yearly and leap-day schedules in four timezones`,
  };
}
