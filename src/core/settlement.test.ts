import { describe, expect, it } from 'vitest';
import { notDelayed, type Run } from './run.ts';
import { type AttemptEnd, type SettlementFacts, settle } from './settlement.ts';

const now = 1_000_000;

function runOf(changes: Partial<Run> = {}): Run {
  return {
    seq: 1,
    runUid: 'u',
    runId: 'd_20240115_093045',
    dataset: 'd',
    sourceType: 'manual',
    runType: 'adhoc',
    status: 'RUNNING',
    executionDate: null,
    params: {},
    revision: 'r',
    warehouse: 'default',
    logicalAt: 0,
    maxAttempts: 3,
    attempt: 1,
    owner: 'boot',
    claims: 1,
    held: false,
    availableAt: 0,
    waitReason: null,
    waitingSince: null,
    processDeaths: 0,
    uncertain: false,
    published: false,
    postIndex: 0,
    conflicts: 0,
    backfillId: null,
    superseded: false,
    triggeredBy: 'me',
    reason: null,
    error: null,
    stopRequestedAt: null,
    createdAt: 0,
    startedAt: 0,
    finishedAt: null,
    ...changes,
  };
}

function settled(
  end: AttemptEnd,
  { run = {}, ...facts }: { run?: Partial<Run> } & Partial<Omit<SettlementFacts, 'run'>> = {},
) {
  return settle({
    run: runOf(run),
    end,
    cancelled: null,
    postCount: 2,
    policy: { maxAttempts: 3, delaySeconds: 60 },
    timeoutSeconds: 30,
    warehouseWaitSeconds: 1800,
    now,
    ...facts,
  });
}

const sqlError = { code: 'DLI-815', message: 'no such column', statement: 'query', line: 1, column: 2 } as const;
const failed = (published: boolean, postIndex: number, mendable = true): AttemptEnd => ({
  kind: 'failed',
  published,
  postIndex,
  error: { ...sqlError, mendable },
});
const cancelledEnd = (published: boolean, postIndex: number): AttemptEnd => ({
  kind: 'cancelled',
  published,
  postIndex,
});
const lost: AttemptEnd = { kind: 'lost', reason: 'signal SIGKILL', ours: false };
const unavailable: AttemptEnd = { kind: 'unavailable', reason: 'held by pid 7' };
const stop = { stopRequestedAt: 5, reason: 'stopped by me' };

/** What a settlement says, in one line: transition, published, post index, and what else matters. */
function say(settlement: ReturnType<typeof settle>): string {
  const { transition, published, postIndex } = settlement;
  const head = `${transition}${published ? ' published' : ''} ${postIndex}`;
  if (settlement.kind === 'end') return head;
  return `${head}${settlement.uncertain ? ' uncertain' : ''}${settlement.counts ? ' counts' : ''}`;
}

describe('every end, with and without a stop', () => {
  it.each([
    // end, stop requested, cancelled because, run, what is stored
    ['succeeded', { kind: 'succeeded' }, null, {}, 'complete published 2'],
    ['succeeded although stopped', { kind: 'succeeded' }, 'stop', stop, 'complete published 2'],
    ['succeeded although timed out', { kind: 'succeeded' }, 'timeout', {}, 'complete published 2'],
    ['failed', failed(false, 0), null, {}, 'retry 0 counts'],
    ['failed after the commit', failed(true, 1), null, {}, 'retry published 1 counts'],
    ['failed for good', failed(false, 0, false), null, {}, 'fail 0'],
    ['failed for good after the commit', failed(true, 1, false), null, {}, 'fail published 1'],
    ['failed the last time', failed(false, 0), null, { attempt: 3 }, 'fail 0'],
    ['failed the last time after the commit', failed(true, 1), null, { attempt: 3 }, 'fail published 1'],
    ['failed while it was to stop', failed(false, 0), null, stop, 'kill 0'],
    ['failed after the commit while it was to stop', failed(true, 1), null, stop, 'complete published 1'],
    ['failed for good while it was to stop', failed(false, 0, false), null, stop, 'fail 0'],
    ['cancelled by a stop', cancelledEnd(false, 0), 'stop', stop, 'kill 0'],
    ['cancelled by a stop too late', cancelledEnd(true, 2), 'stop', stop, 'complete published 2'],
    ['cancelled by a stop before the post-statements', cancelledEnd(true, 0), 'stop', stop, 'complete published 0'],
    ['cancelled by a timeout', cancelledEnd(false, 0), 'timeout', {}, 'retry 0 counts'],
    ['cancelled by the last timeout', cancelledEnd(false, 0), 'timeout', { attempt: 3 }, 'fail 0'],
    ['cancelled by a timeout after all was done', cancelledEnd(true, 2), 'timeout', {}, 'complete published 2'],
    ['cancelled by a timeout at the commit', cancelledEnd(true, 0), 'timeout', {}, 'retry published 0 counts'],
    ['cancelled by a timeout while it was to stop', cancelledEnd(false, 0), 'timeout', stop, 'kill 0'],
    ['cancelled by a shutdown', cancelledEnd(false, 0), 'shutdown', {}, 'release 0'],
    [
      'cancelled by a shutdown before the post-statements',
      cancelledEnd(true, 1),
      'shutdown',
      {},
      'release published 1',
    ],
    ['cancelled by a shutdown after all was done', cancelledEnd(true, 2), 'shutdown', {}, 'complete published 2'],
    ['cancelled by a shutdown while it was to stop', cancelledEnd(false, 0), 'shutdown', stop, 'kill 0'],
    ['cancelled as the culprit', cancelledEnd(false, 0), null, { processDeaths: 3 }, 'fail 0'],
    ['the culprit had published all', cancelledEnd(true, 2), null, { processDeaths: 3 }, 'complete published 2'],
    ['the culprit had published', cancelledEnd(true, 0), null, { processDeaths: 3 }, 'fail published 0'],
    ['lost', lost, null, {}, 'lose 0 uncertain'],
    ['lost after the commit', lost, null, { published: true, postIndex: 1 }, 'lose published 1 uncertain'],
    ['lost while it was to stop', lost, 'stop', stop, 'lose 0 uncertain'],
    ['unavailable', unavailable, null, {}, 'defer 0'],
    ['unavailable and uncertain', unavailable, null, { uncertain: true }, 'defer 0 uncertain'],
    ['unavailable while it was to stop', unavailable, null, stop, 'kill 0'],
    ['unavailable, published, to stop', unavailable, null, { ...stop, published: true }, 'complete published 0'],
    ['unavailable, uncertain, to stop', unavailable, null, { ...stop, uncertain: true }, 'defer 0 uncertain'],
  ] as const)('%s', (_name, end, cancelled, run, expected) => {
    expect(say(settled(end as AttemptEnd, { cancelled, run }))).toBe(expected);
  });

  it('no run ends KILLED once it is published', () => {
    const ends: AttemptEnd[] = [
      { kind: 'succeeded' },
      ...[0, 1, 2].flatMap((index) => [failed(true, index), failed(true, index, false), cancelledEnd(true, index)]),
    ];
    for (const end of ends) {
      for (const cancelled of ['stop', 'timeout', 'shutdown', null] as const) {
        for (const run of [{}, stop, { attempt: 3 }, { processDeaths: 3 }]) {
          expect(settled(end, { cancelled, run }).transition).not.toBe('kill');
        }
      }
    }
  });
});

describe('what is said of it', () => {
  it('a retry keeps the error without its mendable flag and says which attempt failed', () => {
    expect(settled(failed(false, 0))).toMatchObject({
      availableAt: now + 60_000,
      error: sqlError,
      reason: 'attempt 1 of 3 failed: no such column',
    });
    expect(settled(failed(false, 0)).error).not.toHaveProperty('mendable');
  });

  it('a timeout names the setting', () => {
    expect(settled(cancelledEnd(false, 0), { cancelled: 'timeout' }).error?.message).toBe(
      'Timed out after 30 s (execution.timeout_seconds)',
    );
  });

  it('a stop keeps the reason that was given', () => {
    expect(settled(cancelledEnd(false, 0), { cancelled: 'stop', run: stop }).reason).toBe('stopped by me');
    expect(settled(cancelledEnd(false, 0), { cancelled: 'stop' }).reason).toBe('stopped');
  });

  it.each([
    ['of a run that was faster', { kind: 'succeeded' }, 'stopped by me; the stop came after the commit: published'],
    ['of a run that is published', cancelledEnd(true, 2), 'stopped by me; the stop came after the commit: published'],
    [
      'of a run that failed',
      failed(false, 0, false),
      'stopped by me; it failed before it was stopped: trying again cannot mend this error',
    ],
  ] as const)('a stop that came too late keeps its reason: %s', (_, end, reason) => {
    expect(settled(end, { cancelled: 'stop', run: stop }).reason).toBe(reason);
  });

  it('a stop without a reason leaves only what came of it', () => {
    const run = { stopRequestedAt: 5, reason: null };
    expect(settled({ kind: 'succeeded' }, { run }).reason).toBe('the stop came after the commit: published');
  });

  it('a stop that came too late counts the post-statements that were left out', () => {
    expect(settled(cancelledEnd(true, 0), { cancelled: 'stop', run: stop }).reason).toContain('2 post-statements');
    expect(settled(cancelledEnd(true, 2), { cancelled: 'stop', run: stop }).reason).not.toContain('post-statement');
  });
});

describe('a warehouse that cannot be opened', () => {
  it('is waited for until the time is over, from the first wait on', () => {
    const run = { waitingSince: now - 1_799_999 };
    expect(settled(unavailable, { run }).kind).toBe('wait');
    expect(settled(unavailable, { run: { waitingSince: now - 1_800_000 } })).toMatchObject({
      transition: 'fail',
      error: { code: 'DLI-816', message: 'held by pid 7' },
      reason: 'waited 1800 s for the warehouse',
    });
  });

  it('is waited for without end by a run that may be published', () => {
    const run = { waitingSince: 0, uncertain: true };
    expect(settled(unavailable, { run, now: 1e12 })).toMatchObject({ transition: 'defer', uncertain: true });
  });

  it('does not use up an attempt', () =>
    expect(settled(unavailable)).toMatchObject({ counts: false, availableAt: notDelayed }));
});

describe('a lost attempt', () => {
  it('counts against the process, not against the attempts', () => {
    expect(settled(lost, { run: { processDeaths: 1 } })).toMatchObject({ processDeaths: 2, counts: false });
  });

  it('counts for nothing when this server ended the process', () => {
    expect(settled({ ...lost, ours: true })).toMatchObject({ processDeaths: 0, counts: false, uncertain: true });
  });
});

describe('a transaction that met the writes of another one', () => {
  const met = (changes: object = {}) =>
    ({
      kind: 'failed',
      published: false,
      postIndex: 0,
      error: { code: 'DLI-802', message: 'Conflict', statement: null, line: null, column: null, ...both },
      ...changes,
    }) as const;
  const both = { mendable: true, conflict: true };

  it('is tried again at once, and no attempt is counted', () => {
    expect(settled(met())).toMatchObject({
      kind: 'wait',
      transition: 'retry',
      availableAt: notDelayed,
      conflicts: 1,
      counts: false,
      error: null,
      reason: expect.stringContaining('Conflict'),
    });
  });

  it('waits longer each time', () => {
    const waits = [1, 2, 3, 10].map((conflicts) => settled(met(), { run: { conflicts } }));
    expect(waits.map((wait) => wait.kind === 'wait' && wait.availableAt - now)).toEqual([1_000, 2_000, 4_000, 30_000]);
  });

  it('fails as any other in the end', () => {
    expect(settled(met(), { run: { conflicts: 20, attempt: 3 } })).toMatchObject({ kind: 'end', transition: 'fail' });
    expect(settled(met(), { run: { conflicts: 20, attempt: 1 } })).toMatchObject({ transition: 'retry', counts: true });
  });

  it('is KILLED when it was to be stopped', () => {
    expect(settled(met(), { run: { stopRequestedAt: 1 } })).toMatchObject({ kind: 'end', transition: 'kill' });
  });

  it('keeps how far its post-statements came', () => {
    expect(settled(met({ published: true, postIndex: 1 }), { postCount: 2 })).toMatchObject({
      kind: 'wait',
      published: true,
      postIndex: 1,
    });
  });
});
