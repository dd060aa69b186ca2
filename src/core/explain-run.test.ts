import { describe, expect, it } from 'vitest';
import { explainRun } from './explain-run.ts';
import type { RunAtWork, WaitingFacts } from './explain-waiting.ts';
import type { Run } from './run.ts';
import { monday, someRun } from './run-fixture.suite.ts';

const id = 'a_20240115_090000';
const minute = 60_000;
const free: WaitingFacts = {
  pause: null,
  earlierDate: null,
  closed: null,
  before: null,
  atWork: [],
  suspect: null,
  limits: { total: 4, warehouse: 2 },
};
const error = { code: 'DLI-802', message: 'division by zero', statement: 'query', line: 12, column: 3 } as const;
const pause = { at: monday - minute, by: 'ann', reason: 'bad source' };
const work = (runId: string, changes: Partial<RunAtWork> = {}): RunAtWork => ({
  runId,
  dataset: runId,
  warehouse: 'default',
  isSuspect: false,
  ...changes,
});
const elsewhere = (runId: string) => work(runId, { warehouse: 'lake' });
const held = 'lake is held by another program: /usr/bin/duckdb (process 4711). Close it there';
const follow = `dli workflow status ${id} --follow`;
const again = `dli workflow run a -p execution_date=2024-01-15 -p 'list=["x"]'`;

interface Case {
  readonly name: string;
  readonly run?: Partial<Run>;
  readonly facts?: Partial<WaitingFacts>;
  readonly attemptStartedAt?: number;
  /** @default true */
  readonly isRegistered?: boolean;
  readonly says: string;
  readonly command: string | null;
  /** Names and values of facts that prove it. */
  readonly proof?: Readonly<Record<string, string>>;
}

function check({ run: changes = {}, facts = {}, says, command, proof = {}, ...rest }: Case): void {
  const { attemptStartedAt = monday, isRegistered = true } = rest;
  const run = someRun(changes);
  const waiting = () => ({ ...free, ...facts });
  const explanation = explainRun(run, { attemptStartedAt, waiting, isRegistered, now: monday });
  expect(explanation.sentence).toBe(`Run ${id} ${says}.`);
  expect(explanation.command).toBe(command);
  const given = Object.fromEntries(explanation.facts.map((fact) => [fact.name, fact.value]));
  expect(given).toMatchObject({ status: run.status, 'triggered by': 'me', ...proof });
}

describe('why a run waits', () => {
  const cases: readonly Case[] = [
    { name: 'for nothing', says: 'is about to start', command: follow, proof: { attempt: '0 of 3' } },
    {
      name: 'for a place in all',
      facts: { atWork: [work('b_1'), elsewhere('c_1'), elsewhere('d_1'), elsewhere('e_1')] },
      says: 'waits for a free place: 4 of 4 runs are at work, b_1, c_1, d_1 and 1 more',
      command: 'dli workflow list --running',
      proof: { max_concurrent_runs: '4' },
    },
    {
      name: 'for a place in its warehouse',
      facts: { atWork: [work('b_1'), elsewhere('c_1'), work('d_1')] },
      says: "waits for a free place in warehouse 'default': 2 of 2 runs are at work, b_1, d_1",
      command: 'dli workflow list --running',
      proof: { 'warehouses.default.max_concurrent_runs': '2' },
    },
    {
      name: 'for the run of its dataset',
      facts: { atWork: [work('a_1', { dataset: 'a' })], before: { firstRunId: 'a_2', count: 1 } },
      says: 'waits for run a_1: a dataset has one run at a time',
      command: 'dli workflow status a_1',
    },
    {
      name: 'behind one run of its dataset',
      facts: { before: { firstRunId: 'a_1', count: 1 } },
      says: 'waits in line behind run a_1',
      command: 'dli workflow explain a_1',
      proof: { 'runs before it': '1' },
    },
    {
      name: 'behind several runs of its dataset',
      facts: { before: { firstRunId: 'a_1', count: 3 } },
      says: 'waits in line behind 3 runs of its dataset, the first is a_1',
      command: 'dli workflow explain a_1',
      proof: { 'runs before it': '3' },
    },
    {
      name: 'held by a pause',
      run: { held: true, runType: 'scheduled' },
      facts: { pause },
      says: 'is held while its workflow is paused since 2024-01-15T08:59:00Z by ann: bad source',
      command: 'dli workflow unpause a',
      proof: { 'paused since': '2024-01-15T08:59:00Z', 'paused by': 'ann', 'paused because': 'bad source' },
    },
    {
      name: 'held by a pause without a reason, between two attempts',
      run: { held: true, runType: 'scheduled', attempt: 1, error, availableAt: monday + minute },
      facts: { pause: { ...pause, reason: null } },
      says: 'is held while its workflow is paused since 2024-01-15T08:59:00Z by ann; attempt 1 of 3 failed: division by zero',
      command: 'dli workflow unpause a',
      proof: { error: 'DLI-802' },
    },
    {
      name: 'held by a pause that has just ended',
      run: { held: true, runType: 'scheduled' },
      says: 'is held while its workflow is paused',
      command: 'dli workflow unpause a',
    },
    {
      name: 'for an earlier date',
      run: { held: true, backfillId: 'bf-1', runType: 'backfill' },
      facts: { pause, earlierDate: '2024-01-14' },
      says: 'waits for 2024-01-14, which comes before it in its backfill',
      command: 'dli workflow backfill-status bf-1',
    },
    {
      name: 'for its backfill to be stored',
      run: { held: true, backfillId: 'bf-1', runType: 'backfill' },
      says: 'waits until its backfill lets it start',
      command: 'dli workflow backfill-status bf-1',
    },
    {
      name: 'for another attempt',
      run: { attempt: 1, availableAt: monday + 35 * minute, error },
      facts: { atWork: [work('a_1', { dataset: 'a' })] },
      says: 'is tried again at 2024-01-15T09:35:00Z (attempt 2 of 3), because attempt 1 failed: division by zero',
      command: `dli workflow logs ${id}`,
      proof: { 'available at': '2024-01-15T09:35:00Z', error: 'DLI-802', attempt: '1 of 3' },
    },
    {
      name: 'for a file that another process holds',
      run: { waitReason: 'older' },
      facts: { closed: { since: monday - minute, until: monday + 29 * minute, reason: held } },
      says: `waits since 2024-01-15T08:59:00Z for warehouse 'default', until 2024-01-15T09:29:00Z at the latest: ${held}`,
      command: `dli workflow stop ${id}`,
      proof: { 'waits since': '2024-01-15T08:59:00Z', 'fails at': '2024-01-15T09:29:00Z' },
    },
    {
      name: 'for a file, because only the ledger knows',
      run: { uncertain: true, reason: 'signal SIGKILL' },
      facts: { closed: { since: monday, until: null, reason: held } },
      says: `waits since 2024-01-15T09:00:00Z for warehouse 'default', as long as it takes: ${held}; its last attempt was lost, so the ledger is asked first whether that was published`,
      command: `dli workflow stop ${id}`,
    },
    {
      name: 'lost',
      run: { uncertain: true, startedAt: monday, reason: 'the server died while it ran' },
      says: 'is about to start; its last attempt was lost, so the ledger is asked first whether that was published',
      command: follow,
      proof: { 'lost because': 'the server died while it ran' },
    },
    {
      name: 'suspect, among others',
      run: { processDeaths: 1, uncertain: true, attempt: 0 },
      facts: { atWork: [work('b_1')] },
      says: "waits until it is alone in warehouse 'default', where b_1 is at work; its last attempt was lost, so the ledger is asked first whether that was published; a process died under it once, so it is tried alone",
      command: 'dli workflow list --running',
      proof: { 'process deaths': '1' },
    },
    {
      name: 'suspect, alone, after a failure',
      run: { processDeaths: 2, attempt: 1, error },
      says: 'is about to start; attempt 1 of 3 failed: division by zero; a process died under it 2 times, so it is tried alone',
      command: follow,
    },
    {
      name: 'for a suspect at work',
      facts: { atWork: [work('b_1', { isSuspect: true })] },
      says: "waits for run b_1, which is tried alone in warehouse 'default' because a process died under it",
      command: 'dli workflow status b_1',
    },
    {
      name: 'behind a suspect that waits',
      facts: { atWork: [work('b_1')], suspect: 'c_1' },
      says: "waits behind run c_1, which is to be tried alone in warehouse 'default' because a process died under it",
      command: 'dli workflow explain c_1',
    },
    {
      name: 'to be stopped',
      run: { uncertain: true, stopRequestedAt: monday, reason: 'stopped by ann: wrong day' },
      says: 'is being stopped since 2024-01-15T09:00:00Z (stopped by ann: wrong day); the ledger is asked first whether it was published',
      command: follow,
      proof: { 'stop requested at': '2024-01-15T09:00:00Z', stop: 'stopped by ann: wrong day' },
    },
    {
      name: 'to be stopped, behind a closed warehouse',
      run: { uncertain: true, stopRequestedAt: monday },
      facts: { closed: { since: monday, until: null, reason: held } },
      says: `is being stopped since 2024-01-15T09:00:00Z; the ledger is asked first whether it was published, and that waits for its warehouse: ${held}`,
      command: follow,
    },
  ];
  it.each(cases)('$name', check);
});

describe('a run at work', () => {
  const running = { status: 'RUNNING', startedAt: monday - minute, attempt: 1 } as const;
  const logs = `dli workflow logs ${id} --follow`;
  const cases: readonly Case[] = [
    {
      name: 'for the first time',
      run: running,
      says: 'is at work since 2024-01-15T09:00:00Z',
      command: logs,
      proof: { 'started at': '2024-01-15T08:59:00Z' },
    },
    {
      name: 'again',
      run: { ...running, attempt: 2 },
      says: 'is at work since 2024-01-15T09:00:00Z in attempt 2 of 3',
      command: logs,
      proof: { attempt: '2 of 3' },
    },
    {
      name: 'with its post-statements',
      run: { ...running, published: true },
      says: 'is published, and its post-statements are at work since 2024-01-15T09:00:00Z',
      command: logs,
    },
    {
      name: 'to ask the ledger',
      run: { ...running, uncertain: true },
      says: 'is at work since 2024-01-15T09:00:00Z; its attempt before was lost, so it asks the ledger first whether that was published',
      command: logs,
    },
    {
      name: 'being stopped',
      run: { ...running, stopRequestedAt: monday, reason: 'stopped by ann: wrong day' },
      says: 'is being stopped since 2024-01-15T09:00:00Z (stopped by ann: wrong day); it ends when the warehouse has confirmed that its query is gone, or its process has been ended',
      command: follow,
      proof: { 'stop requested at': '2024-01-15T09:00:00Z' },
    },
    {
      name: 'being stopped by nobody knows whom',
      run: { ...running, stopRequestedAt: monday },
      says: 'is being stopped since 2024-01-15T09:00:00Z; it ends when the warehouse has confirmed that its query is gone, or its process has been ended',
      command: follow,
    },
  ];
  it.each(cases)('$name', check);

  it.each([
    [monday - minute, '2024-01-15T08:59:00Z'],
    [null, '2024-01-15T09:00:00Z'],
  ])('says since when as well as it is known: started at %s', (startedAt, since) => {
    const run = someRun({ ...running, startedAt });
    const { sentence } = explainRun(run, {
      attemptStartedAt: null,
      waiting: () => free,
      isRegistered: true,
      now: monday,
    });
    expect(sentence).toBe(`Run ${id} is at work since ${since}.`);
  });
});

describe('a run that has ended', () => {
  const ended = { startedAt: monday - minute, finishedAt: monday, attempt: 1 } as const;
  const logs = `dli workflow logs ${id}`;
  const cases: readonly Case[] = [
    {
      name: 'completed',
      run: { ...ended, status: 'COMPLETED', published: true },
      says: 'completed and is published',
      command: null,
      proof: { published: 'yes', 'finished at': '2024-01-15T09:00:00Z' },
    },
    {
      name: 'completed, with something to say',
      run: { ...ended, status: 'COMPLETED', published: true, reason: 'it was quick' },
      says: 'completed and is published; it was quick',
      command: null,
    },
    {
      name: 'completed although stopped',
      run: {
        ...ended,
        status: 'COMPLETED',
        published: true,
        stopRequestedAt: monday,
        reason: 'stopped by ann: wrong day; the stop came after the commit: published',
      },
      says: 'completed although it was to be stopped: stopped by ann: wrong day; the stop came after the commit: published',
      command: null,
    },
    {
      name: 'completed although stopped, without words',
      run: { ...ended, status: 'COMPLETED', published: true, stopRequestedAt: monday },
      says: 'completed although it was to be stopped: it is published',
      command: null,
    },
    {
      name: 'failed',
      run: { ...ended, status: 'FAILED', attempt: 3, error, reason: 'all 3 attempts failed' },
      says: 'failed in attempt 3 of 3 at line 12 of the SQL (query): division by zero (all 3 attempts failed); the table is as it was',
      command: logs,
      proof: { attempt: '3 of 3', published: 'no', error: 'DLI-802' },
    },
    {
      name: 'failed at a place of the spec, the only time',
      run: { ...ended, status: 'FAILED', maxAttempts: 1, error: { ...error, statement: null } },
      says: 'failed at line 12 of the SQL (the spec): division by zero; the table is as it was',
      command: logs,
    },
    {
      name: 'failed after the commit',
      run: { ...ended, status: 'FAILED', published: true, error: { ...error, statement: 'optimize', line: null } },
      says: 'is published, but failed after the commit in attempt 1 of 3: division by zero',
      command: logs,
      proof: { published: 'yes' },
    },
    {
      name: 'failed without starting',
      run: {
        status: 'FAILED',
        error: { ...error, line: null, message: held },
        reason: 'waited 1800 s for the warehouse',
      },
      says: `failed without starting: ${held} (waited 1800 s for the warehouse)`,
      command: again,
    },
    {
      name: 'failed without a word',
      run: { ...ended, status: 'FAILED', attempt: 0 },
      says: 'failed: no error was recorded; the table is as it was',
      command: logs,
    },
    {
      name: 'killed',
      run: { ...ended, status: 'KILLED', reason: 'stopped by ann: wrong day' },
      says: 'was killed: stopped by ann: wrong day',
      command: again,
      proof: { published: 'no' },
    },
    {
      name: 'killed without a word',
      run: { status: 'KILLED' },
      says: 'was killed: no reason was given',
      command: again,
    },
    {
      name: 'killed with its backfill',
      run: { status: 'KILLED', backfillId: 'bf-1', reason: 'not started: 2024-01-14 failed (run a_1)' },
      says: 'was killed: not started: 2024-01-14 failed (run a_1)',
      command: 'dli workflow backfill-status bf-1',
    },
  ];
  it.each(cases)('$name', check);
});

describe('a run whose dataset is not registered any more', () => {
  const gone = 'a is not registered any more';
  const show = `dli workflow show a --revision ${id}`;
  const ended = { startedAt: monday - minute, finishedAt: monday, attempt: 1 } as const;
  const cases: readonly Case[] = [
    {
      name: 'killed',
      run: { ...ended, status: 'KILLED', reason: 'stopped by ann: unregistered' },
      says: `was killed: stopped by ann: unregistered; ${gone}`,
      command: show,
    },
    {
      name: 'a date of a backfill',
      run: { ...ended, status: 'KILLED', backfillId: 'bf-1', reason: 'stopped by ann: unregistered' },
      says: `was killed: stopped by ann: unregistered; ${gone}`,
      command: 'dli workflow backfill-status bf-1',
    },
    {
      name: 'failed without starting',
      run: { status: 'FAILED', error: { ...error, line: null, message: held } },
      says: `failed without starting: ${held}; ${gone}`,
      command: show,
    },
    {
      name: 'failed',
      run: { ...ended, status: 'FAILED', maxAttempts: 1, error: { ...error, line: null } },
      says: `failed: division by zero; the table is as it was; ${gone}`,
      command: `dli workflow logs ${id}`,
    },
    {
      name: 'held',
      run: { held: true, runType: 'scheduled' },
      facts: { pause },
      says: `is held while its workflow is paused since 2024-01-15T08:59:00Z by ann: bad source; ${gone}`,
      command: `dli workflow stop ${id}`,
    },
  ];
  it.each(cases.map((one) => ({ ...one, isRegistered: false })))('$name', check);
});
