import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/fakes/fake-clock.ts';
import { notDelayed, type Run } from '../../core/run.ts';
import { getRun } from '../../store/queries/runs.ts';
import { markRun } from '../../store/run-changes.ts';
import { eventKinds, openState, storeRun } from '../../store/store-fixture.suite.ts';
import { ClockWatch } from './clock-watch.ts';

const minute = 60_000;
const year2038 = Date.parse('2038-01-19T03:14:07Z');

class Fixture {
  readonly database = openState();
  readonly clock = new FakeClock();
  readonly right = this.clock.now();
  readonly shortened: string[] = [];
  readonly troubles: unknown[] = [];
  readonly watch = this.open();

  /** A watch of another boot. */
  open(retryDelayMs = 5 * minute): ClockWatch {
    return new ClockWatch({
      database: this.database,
      clock: this.clock,
      retryDelayMs: () => retryDelayMs,
      onSetBack: () => undefined,
      onShortened: (dataset) => this.shortened.push(dataset),
      onTrouble: (error) => this.troubles.push(error),
    });
  }

  /** Stores a run that is delayed by a clock that says 2038. */
  async delayed(changes: Partial<Pick<Run, 'conflicts'>> = {}): Promise<Run> {
    const run = await storeRun(this.database);
    await this.database.write((transaction) =>
      markRun(transaction, { runUid: run.runUid, changes: { availableAt: year2038, ...changes } }),
    );
    return run;
  }

  availableAt({ runUid }: Run): number | undefined {
    return getRun(this.database, runUid)?.availableAt;
  }

  /** Lets the watch see that the clock, which said 2038, was set right. */
  async look(): Promise<void> {
    this.watch.note(year2038);
    this.clock.advance(minute);
    await this.quiet();
  }

  async quiet(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await this.database.write(() => undefined);
  }
}

describe('the watch over the clock', () => {
  it('looks again when what it found could not be stored', async () => {
    const f = new Fixture();
    await f.watch.start();
    const run = await f.delayed();
    f.database.execute(`CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END`);
    await f.look();
    expect([f.troubles.length, f.availableAt(run)]).toEqual([1, year2038]);
    f.database.execute('DROP TRIGGER broken');
    f.clock.advance(minute);
    await f.quiet();
    expect(f.availableAt(run)).toBe(f.right + 7 * minute);
    expect(f.shortened).toEqual(['main.a']);
  });

  it('also sees a step back from the clock that it was started with', async () => {
    const f = new Fixture();
    f.clock.jumpTo(year2038 - 6 * minute);
    const run = await f.delayed();
    await f.watch.start();
    f.clock.jumpTo(f.right);
    f.clock.advance(minute);
    await f.quiet();
    expect(f.availableAt(run)).toBe(f.right + 6 * minute);
  });

  it('takes a correction of less than a second for none, and looks no more when it is closed', async () => {
    const f = new Fixture();
    await f.watch.start();
    const run = await f.delayed();
    f.watch.note(f.right + minute + 1_000);
    f.clock.advance(minute);
    await f.quiet();
    f.watch.close();
    await f.look();
    expect(f.availableAt(run)).toBe(year2038);
  });

  it('leaves a run alone that was let go while it looked', async () => {
    const f = new Fixture();
    await f.watch.start();
    const run = await f.delayed();
    const letGo = new Promise((resolve) => {
      const leave = f.database.onCommit(() => {
        leave();
        const changes = { availableAt: notDelayed };
        resolve(f.database.write((transaction) => markRun(transaction, { runUid: run.runUid, changes })));
      });
    });
    await f.look();
    await letGo;
    expect(f.availableAt(run)).toBe(notDelayed);
    expect(eventKinds(f.database)).toEqual([]);
  });

  it('goes through all that wait, and ends where it is when it is closed', async () => {
    const f = new Fixture();
    await f.watch.start();
    const runs = await Promise.all(Array.from({ length: 1_001 }, () => f.delayed()));
    const stop = f.database.onCommit(() => {
      if (f.shortened.length === 0) return;
      stop();
      f.watch.close();
    });
    await f.look();
    const left = () => runs.filter((run) => f.availableAt(run) === year2038).length;
    expect(left()).toBeGreaterThan(0);
    await f.open().start();
    expect(left()).toBe(0);
  });

  it('lets a run whose writes met others wait as long as that may make it wait', async () => {
    const f = new Fixture();
    const [met, failed] = [await f.delayed({ conflicts: 3 }), await f.delayed()];
    await f.open(0).start();
    expect([f.availableAt(met), f.availableAt(failed)]).toEqual([f.right + 30_000, f.right]);
  });
});
