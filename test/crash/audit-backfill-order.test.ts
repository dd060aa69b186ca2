import { describe, expect, it } from 'vitest';
import { auditEvents } from './audit-events.ts';
import type { BackfillRow, EventRow, RecordedState, RunRow } from './recorded-state.ts';

/* The judge itself: what it must find when it is there. */

const dataset = 'main.a';
const changed = { started: 'RUNNING', completed: 'COMPLETED', failed: 'FAILED', killed: 'KILLED' } as const;

/** Writes `3 started` as an event of the run of the third date, `3b` as one of the run that a resume gave it, `resumed` as one of the backfill. */
function eventOf(text: string, seq: number): EventRow {
  const [first = '', second] = text.split(' ');
  const own =
    second === undefined ? { kind: `backfill.${first}`, run_id: null } : { kind: `run.${second}`, run_id: first };
  return { seq, at: seq, dataset, backfill_id: 'bf', data: '{}', ...own };
}

interface Story {
  /** Dates in the order in which they are stored, then those of resumes. */
  readonly runs?: readonly string[];
  readonly backfill?: Partial<BackfillRow>;
  readonly happened: string;
  readonly superseded?: readonly string[];
}

function judge({ runs = ['1', '2', '3'], backfill = {}, happened, superseded = [] }: Story): readonly string[] {
  const events = ['created', ...happened.split(', ')].map(eventOf);
  // The stories below use only these words.
  const statusOf = (id: string) => {
    const last = events.findLast(({ run_id }) => run_id === id)?.kind.slice('run.'.length);
    return last === undefined ? 'PENDING' : changed[last as keyof typeof changed];
  };
  const rows = runs.map((id) => {
    const own = { run_id: id, run_uid: id, dataset, backfill_id: 'bf', execution_date: id.slice(0, 1) };
    // Of a run, only this is looked at.
    return { ...own, status: statusOf(id), superseded: superseded.includes(id) ? 1 : 0 } as RunRow;
  });
  const status = events
    .findLast(({ run_id }) => run_id === null)
    ?.kind.slice('backfill.'.length)
    .toUpperCase();
  const bf = { backfill_id: 'bf', status, total_runs: 3, parallel: 1, reverse: 0, continue_on_failure: 0, ...backfill };
  const backfills = [{ stored: 1, finished_at: 0, ...bf, status: bf.status ?? '' }];
  const nothing = { openAttempts: [], dates: [], ticks: [], rows: new Map(), posted: new Map(), ledger: [] };
  return auditEvents({ ...nothing, runs: rows, events, backfills } satisfies RecordedState);
}

const one = (id: string) => `${id} started, ${id} completed`;
const whole = `${one('1')}, ${one('2')}, ${one('3')}, completed`;
const failure = `${one('1')}, 2 started, 2 failed, 3 killed, failed`;
const resumed = { runs: ['1', '2', '3', '2b', '3b'], superseded: ['2', '3'] };

describe('the judge of the order of backfills', () => {
  it.each<[string, Story]>([
    ['in order', { happened: whole }],
    [
      'in reverse',
      { runs: ['3', '2', '1'], backfill: { reverse: 1 }, happened: `${one('3')}, ${one('2')}, ${one('1')}, completed` },
    ],
    [
      'two at once',
      {
        backfill: { parallel: 2 },
        happened: '1 started, 2 started, 2 completed, 3 started, 1 completed, 3 completed, completed',
      },
    ],
    [
      'on after a failure',
      { backfill: { continue_on_failure: 1 }, happened: `1 started, 1 failed, ${one('2')}, ${one('3')}, failed` },
    ],
    ['to an end where one failed', { happened: failure }],
    ['again after a resume', { ...resumed, happened: `${failure}, resumed, ${one('2b')}, ${one('3b')}, completed` }],
  ])('has nothing to say of one that went %s', (_, story) => {
    expect(judge(story)).toEqual([]);
  });

  it.each<[string, Story, string]>([
    [
      'a date that overtakes',
      { happened: `2 started, ${one('1')}, 2 completed, ${one('3')}, completed` },
      '2 started before 1',
    ],
    [
      'more at once than asked for',
      { happened: '1 started, 2 started, 1 completed, 2 completed, 3 started, 3 completed, completed' },
      '2 started beside 1 others',
    ],
    [
      'a date twice at once',
      {
        runs: ['1', '1b', '3'],
        backfill: { parallel: 2 },
        happened: '1 started, 1b started, 1 completed, 1b completed, 3 started, 3 completed, completed',
      },
      '1b started while 1 ran',
    ],
    [
      'a start after a failure',
      { happened: `1 started, 1 failed, ${one('2')}, 3 killed, failed` },
      '2 started after 1 did not complete',
    ],
    [
      'dates that are not reversed',
      { backfill: { reverse: 1 }, happened: whole },
      'the dates of bf are stored as 1,2,3',
    ],
    [
      'a failure that nobody tells of',
      { happened: `1 started, 1 failed, 2 killed, 3 killed, completed` },
      'bf ended COMPLETED with FAILED,KILLED,KILLED',
    ],
    [
      'a resume of what completed',
      { runs: ['1', '2', '3', '1b'], superseded: ['1'], happened: `${whole}, resumed, ${one('1b')}, completed` },
      'backfill.resumed of bf came while it was COMPLETED',
    ],
    [
      'a resume that leaves a date out',
      { ...resumed, runs: ['1', '2', '3', '3b'], happened: `${failure}, resumed, ${one('3b')}, completed` },
      'the resume of bf is of 3 instead of 2,3',
    ],
    ['a run that nobody asked for', { runs: ['1', '2', '3', '3b'], happened: whole }, 'nobody asked for 3b'],
    [
      'a run that is not marked as replaced',
      { ...resumed, superseded: ['3'], happened: `${failure}, resumed, ${one('2b')}, ${one('3b')}, completed` },
      '2 are wrong about being superseded',
    ],
    [
      'the start of a replaced run',
      { ...resumed, happened: `${failure}, resumed, 3 started, ${one('2b')}, ${one('3b')}, completed` },
      '3 started and is not a run of bf now',
    ],
  ])('finds %s', (_, story, violation) => {
    expect(judge(story)).toContain(violation);
  });
});
