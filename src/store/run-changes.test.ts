import { describe, expect, it } from 'vitest';
import { type RunStatus, runStatusSchema } from '../contract/runs.ts';
import { canTransition, type RunTransition, runTransitions } from '../core/run-state.ts';
import { endRun } from './end-run.ts';
import { claimRun } from './queries/claims.ts';
import { getRun } from './queries/runs.ts';
import { markRun, transitionRun } from './run-changes.ts';
import type { Database } from './sqlite.ts';
import { eventKinds, note, openState, storeRun } from './store-fixture.suite.ts';

const transitions = Object.keys(runTransitions) as RunTransition[];

const setStatus = (database: Database, runUid: string, status: RunStatus) =>
  database.write((transaction) => transaction.run('UPDATE runs SET status = ? WHERE run_uid = ?', [status, runUid]));

const claim = (database: Database, runUid: string, owner = 'boot-1') =>
  database.write((transaction) => claimRun(transaction, { runUid, owner, now: 1 }));

describe('the guard in SQL', () => {
  it('agrees with the transition table for every transition and status', async () => {
    const database = openState();
    const { runUid } = await storeRun(database);
    for (const transition of transitions) {
      for (const status of runStatusSchema.options) {
        await setStatus(database, runUid, status);
        const before = eventKinds(database).length;
        const changed = await database.write((transaction) => transitionRun(transaction, { runUid, transition, note }));
        const allowed = canTransition(transition, status);
        expect(changed?.status, `${transition} from ${status}`).toBe(
          allowed ? runTransitions[transition].to : undefined,
        );
        expect(getRun(database, runUid)?.status).toBe(allowed ? runTransitions[transition].to : status);
        expect(eventKinds(database).length - before).toBe(allowed ? 1 : 0);
      }
    }
  });

  it('changes no run that does not exist', async () => {
    const database = openState();
    const changed = database.write((transaction) =>
      transitionRun(transaction, { runUid: 'x', transition: 'kill', note }),
    );
    expect(await changed).toBeUndefined();
    expect(eventKinds(database)).toEqual([]);
  });
});

describe('a state change and its event', () => {
  it('are one transaction: when the event cannot be written the state is as it was', async () => {
    const database = openState();
    const { runUid } = await storeRun(database);
    database.execute(`CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no events'); END`);
    for (const transition of ['claim', 'kill', 'expire'] as const) {
      const write = database.write((transaction) => transitionRun(transaction, { runUid, transition, note }));
      await expect(write).rejects.toThrow('no events');
      expect(getRun(database, runUid)).toMatchObject({ status: 'PENDING', claims: 0 });
    }
    await expect(claim(database, runUid)).rejects.toThrow('no events');
    expect(database.all('SELECT * FROM attempts')).toEqual([]);
  });

  it('name who did it and why', async () => {
    const database = openState();
    const { runUid, runId } = await storeRun(database);
    const why = { at: 7, actor: 'anna', reason: 'wrong date', data: { more: 1 } };
    await database.write((transaction) => transitionRun(transaction, { runUid, transition: 'kill', note: why }));
    expect(database.get('SELECT at, kind, run_id, actor, reason, data FROM events')).toEqual({
      at: 7,
      kind: 'run.killed',
      run_id: runId,
      actor: 'anna',
      reason: 'wrong date',
      data: JSON.stringify({
        status: 'KILLED',
        run_type: 'adhoc',
        source_type: 'manual',
        execution_date: null,
        attempt: 0,
        duration_seconds: null,
        more: 1,
      }),
    });
  });
});

describe('the fence', () => {
  it('a stolen run is written by its thief only: the other changes no row and no event', async () => {
    const database = openState();
    const { runUid } = await storeRun(database);
    const mine = await claim(database, runUid, 'boot-1');
    await database.write((transaction) => transitionRun(transaction, { runUid, transition: 'lose', note }));
    await claim(database, runUid, 'boot-2');
    const stolen = getRun(database, runUid);
    const before = eventKinds(database);
    const fence = { owner: 'boot-1', claims: mine?.claims ?? 0 };
    for (const transition of transitions.filter((name) => canTransition(name, 'RUNNING'))) {
      const write = database.write((transaction) => transitionRun(transaction, { runUid, transition, fence, note }));
      expect(await write, transition).toBeUndefined();
    }
    const event = { ...note, kind: 'run.published' } as const;
    const marked = database.write((transaction) =>
      markRun(transaction, { runUid, fence, changes: { published: true, postIndex: 9 }, event }),
    );
    expect(await marked).toBeUndefined();
    const run = stolen ?? mine;
    const ended = database.write(
      (transaction) => run && endRun(transaction, { run, transition: 'complete', fence, note }),
    );
    expect(await ended).toBeUndefined();
    expect(getRun(database, runUid)).toEqual(stolen);
    expect(eventKinds(database)).toEqual(before);
    expect(database.all('SELECT * FROM dates')).toEqual([]);
  });

  it('holds against an earlier claim of the same boot', async () => {
    const database = openState();
    const { runUid } = await storeRun(database);
    const first = await claim(database, runUid);
    await database.write((transaction) => transitionRun(transaction, { runUid, transition: 'release', note }));
    await claim(database, runUid);
    const fence = { owner: 'boot-1', claims: first?.claims ?? 0 };
    const write = database.write((transaction) =>
      transitionRun(transaction, { runUid, transition: 'complete', fence, note }),
    );
    expect(await write).toBeUndefined();
  });

  it('lets two claims of one run through once', async () => {
    const database = openState();
    const { runUid } = await storeRun(database);
    const claims = await Promise.all([claim(database, runUid, 'a'), claim(database, runUid, 'b')]);
    expect(claims.map((run) => run?.owner)).toEqual(['a', undefined]);
    expect(getRun(database, runUid)).toMatchObject({ owner: 'a', claims: 1, attempt: 1 });
  });
});

it('marking a run that has ended changes nothing', async () => {
  const database = openState();
  const { runUid } = await storeRun(database);
  await setStatus(database, runUid, 'COMPLETED');
  const write = database.write((transaction) => markRun(transaction, { runUid, changes: { stopRequestedAt: 5 } }));
  expect(await write).toBeUndefined();
  expect(getRun(database, runUid)?.stopRequestedAt).toBeNull();
});

describe('the run that a change answers', () => {
  it('is the one that is stored, whether or not it was read before', async () => {
    const database = openState();
    const { runUid } = await storeRun(database);
    const error = { code: 'DLI-813', message: 'boom', statement: 'query', line: 3, column: null };
    const claimed = await claim(database, runUid);
    expect(claimed).toEqual(getRun(database, runUid));
    const fence = { owner: 'boot-1', claims: claimed?.claims ?? 0 };
    const changes = { owner: null, availableAt: 7, uncertain: true, error, reason: 'again' };
    const again = { runUid, transition: 'retry', fence, changes, note } as const;
    const waiting = await database.write((transaction) =>
      transitionRun(transaction, { ...again, known: getRun(transaction, runUid) ?? expect.unreachable() }),
    );
    expect(waiting).toEqual(getRun(database, runUid));
    expect(waiting).toMatchObject({ status: 'PENDING', error, uncertain: true });
    const marked = await database.write((transaction) =>
      markRun(transaction, { runUid, changes: { stopRequestedAt: 5 } }),
    );
    expect(marked).toEqual(getRun(database, runUid));
  });
});
