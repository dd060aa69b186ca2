import { describe, expect, it } from 'vitest';
import { explainWorkflow, type IdleTicks, type WorkflowFacts } from './explain-workflow.ts';
import { monday, someRun } from './run-fixture.suite.ts';

const idle: WorkflowFacts = {
  dataset: 'a',
  today: null,
  pause: null,
  schedule: null,
  nextTick: null,
  hold: null,
  trouble: null,
  idleTicks: null,
  isManualOverridden: false,
  specError: null,
  lastRun: null,
  atWork: [],
  waiting: null,
};
const schedule = { enabled: true, cron: '0 9 * * *', timezone: 'Asia/Seoul' };
const day = 24 * 60 * 60_000;
const seoul = (at: number) => ({ at, offsetMinutes: 540 });
const scheduled = { schedule, nextTick: seoul(monday - 9 * 3_600_000 + day) };
const next = 'runs next at its tick 2024-01-16T09:00:00+09:00 (Asia/Seoul)';
const missed: IdleTicks = {
  outcome: 'missed',
  count: 1,
  first: seoul(monday),
  last: seoul(monday),
  reason: 'the server was down from 2024-01-14T00:00:00Z to 2024-01-15T10:00:00Z',
  firstDate: '2024-01-15',
  lastDate: '2024-01-15',
};
const pause = { at: monday, by: 'ann', reason: 'bad source', skipped: 0 };
const failed = someRun({ status: 'FAILED', reason: 'lost' });
const error = { code: 'DLI-802', message: 'division by zero', statement: 'query', line: 1, column: 1 } as const;
const runIt = 'dli workflow run a';

interface Case {
  readonly name: string;
  readonly facts: Partial<WorkflowFacts>;
  readonly says: string;
  readonly command: string;
  readonly proof?: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  {
    name: 'on demand',
    facts: {},
    says: 'has no schedule: it runs on demand',
    command: runIt,
    proof: { schedule: 'none', 'waiting runs': '0' },
  },
  {
    name: 'on demand, for a date',
    facts: { today: '2024-01-15' },
    says: 'has no schedule: it runs on demand',
    command: 'dli workflow run a -p execution_date=2024-01-15',
  },
  {
    name: 'disabled',
    facts: { schedule: { ...schedule, enabled: false } },
    says: 'has a schedule that is disabled in its spec',
    command: runIt,
  },
  {
    name: 'scheduled',
    facts: scheduled,
    says: next,
    command: runIt,
    proof: { schedule: '0 9 * * * (Asia/Seoul)', 'next tick': '2024-01-16T00:00:00Z' },
  },
  {
    name: 'scheduled west of Greenwich',
    facts: { schedule, nextTick: { at: monday, offsetMinutes: -210 } },
    says: 'runs next at its tick 2024-01-15T05:30:00-03:30 (Asia/Seoul)',
    command: runIt,
  },
  {
    name: 'scheduled in UTC',
    facts: { schedule: { ...schedule, timezone: 'UTC' }, nextTick: { at: monday, offsetMinutes: 0 } },
    says: 'runs next at its tick 2024-01-15T09:00:00Z (UTC)',
    command: runIt,
  },
  { name: 'without a tick', facts: { schedule }, says: 'has a schedule without a tick to come', command: runIt },
  {
    name: 'paused',
    facts: { schedule, pause },
    says: 'is paused since 2024-01-15T09:00:00Z by ann: bad source',
    command: 'dli workflow unpause a',
    proof: { 'paused since': '2024-01-15T09:00:00Z', 'paused by': 'ann', 'skipped ticks': '0' },
  },
  {
    name: 'paused for one tick',
    facts: {
      schedule,
      pause: { ...pause, reason: null, skipped: 1 },
      idleTicks: { ...missed, outcome: 'skipped_paused' },
    },
    says: 'is paused since 2024-01-15T09:00:00Z by ann; 1 tick was skipped meanwhile',
    command: 'dli workflow unpause a',
  },
  {
    name: 'paused for several, with a run that is held',
    facts: { schedule, pause: { ...pause, skipped: 3 }, waiting: { count: 1, firstRunId: 'a_1' } },
    says: 'is paused since 2024-01-15T09:00:00Z by ann: bad source; 3 ticks were skipped meanwhile; run a_1 waits',
    command: 'dli workflow unpause a',
    proof: { 'skipped ticks': '3', 'waiting runs': '1' },
  },
  {
    name: 'that cannot be fired',
    facts: { ...scheduled, trouble: { until: monday, reason: 'no such timezone' } },
    says: 'has a schedule that cannot be fired: no such timezone; it is tried again at 2024-01-15T09:00:00Z',
    command: 'dli workflow show a',
  },
  {
    name: 'held by the clock',
    facts: { ...scheduled, hold: { until: monday, reason: 'the clock went forward' } },
    says: 'has its schedule held: the clock went forward',
    command: 'dli server status',
    proof: { 'held until': '2024-01-15T09:00:00Z' },
  },
  {
    name: 'overridden',
    facts: { ...scheduled, isManualOverridden: true },
    says: `${next}; its manual registration is overridden by code and never runs`,
    command: runIt,
    proof: { overridden: 'manual, until code no longer has a' },
  },
  {
    name: 'with a broken file',
    facts: { ...scheduled, specError: "Unknown key 'nope' (manual/a.yaml:3:1)" },
    says: `${next}; its newest spec is not in force, the last good one is: Unknown key 'nope' (manual/a.yaml:3:1)`,
    command: 'dli workflow sync',
  },
  {
    name: 'failed',
    facts: { ...scheduled, lastRun: { ...failed, error } },
    says: `${next}; its last run a_20240115_090000 failed: division by zero`,
    command: 'dli workflow logs a_20240115_090000',
    proof: { 'last run': 'a_20240115_090000 FAILED' },
  },
  {
    name: 'failed for a reason',
    facts: { lastRun: failed },
    says: 'has no schedule: it runs on demand; its last run a_20240115_090000 failed: lost',
    command: 'dli workflow logs a_20240115_090000',
  },
  {
    name: 'failed without a word',
    facts: { lastRun: { ...failed, reason: null } },
    says: 'has no schedule: it runs on demand; its last run a_20240115_090000 failed: no error was recorded',
    command: 'dli workflow logs a_20240115_090000',
  },
  {
    name: 'completed',
    facts: { ...scheduled, lastRun: someRun({ status: 'COMPLETED' }) },
    says: next,
    command: runIt,
    proof: { 'last run': 'a_20240115_090000 COMPLETED' },
  },
  {
    name: 'missed',
    facts: { ...scheduled, today: '2024-01-16', idleTicks: missed },
    says: `${next}; its last tick, 2024-01-15T18:00:00+09:00, was missed: ${missed.reason}`,
    command: 'dli workflow backfill a -s 2024-01-15 -e 2024-01-15',
    proof: { 'last outcome': 'missed, 1 tick' },
  },
  {
    name: 'missed several',
    facts: {
      ...scheduled,
      today: '2024-01-16',
      idleTicks: { ...missed, count: 3, first: seoul(monday - 2 * day), firstDate: '2024-01-13' },
    },
    says: `${next}; its last 3 ticks, from 2024-01-13T18:00:00+09:00 to 2024-01-15T18:00:00+09:00, were missed: ${missed.reason}`,
    command: 'dli workflow backfill a -s 2024-01-13 -e 2024-01-15',
  },
  {
    name: 'skipped, without a date to compute',
    facts: {
      ...scheduled,
      idleTicks: { ...missed, outcome: 'skipped_overlap', reason: 'run a_1 had not finished (overlap: skip)' },
    },
    says: `${next}; its last tick, 2024-01-15T18:00:00+09:00, was skipped: run a_1 had not finished (overlap: skip)`,
    command: runIt,
  },
  {
    name: 'skipped, nobody knows why',
    facts: { ...scheduled, idleTicks: { ...missed, outcome: 'skipped_paused', reason: null } },
    says: `${next}; its last tick, 2024-01-15T18:00:00+09:00, was skipped`,
    command: runIt,
  },
  {
    name: 'with several runs that wait',
    facts: { ...scheduled, waiting: { count: 3, firstRunId: 'a_1' } },
    says: `${next}; 3 runs wait, the first is a_1`,
    command: 'dli workflow explain a_1',
    proof: { 'waiting runs': '3' },
  },
  {
    name: 'at work',
    facts: { ...scheduled, atWork: ['a_1'] },
    says: `${next}; run a_1 is at work`,
    command: 'dli workflow status a_1',
    proof: { 'at work': 'a_1' },
  },
];

describe('how a workflow stands', () => {
  it.each(cases)('$name', ({ facts, says, command, proof = {} }) => {
    const explanation = explainWorkflow({ ...idle, ...facts });
    expect(explanation).toMatchObject({ sentence: `Workflow a ${says}.`, command });
    const given = Object.fromEntries(explanation.facts.map((fact) => [fact.name, fact.value]));
    expect(given).toMatchObject(proof);
  });
});
