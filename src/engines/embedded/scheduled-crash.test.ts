import { describe, expect, it } from 'vitest';
import { dieEverywhere, type Scenario } from './scheduled-crash.suite.ts';

const nothing = (): void => undefined;

describe('whenever the server dies, every tick has one outcome and every run is published once', () => {
  it('while ticks fire and their runs are executed', async () => {
    const scenario: Scenario = { schedule: { catchup: 'all' }, steps: [nothing, nothing, nothing] };
    const deaths = await dieEverywhere(scenario, (ticks, died) => {
      expect(new Set(ticks.values()), died).toEqual(new Set(['run']));
    });
    expect(deaths).toBeGreaterThan(20);
  });

  it('while all ticks of a downtime are caught up', async () => {
    const scenario: Scenario = { schedule: { catchup: 'all' }, downMinutes: 4, steps: [nothing] };
    const deaths = await dieEverywhere(scenario, (ticks, died) => {
      expect(new Set(ticks.values()), died).toEqual(new Set(['run']));
    });
    expect(deaths).toBeGreaterThan(20);
  });

  it('while more ticks are caught up than one transaction stores', async () => {
    const scenario: Scenario = { schedule: { catchup: 'all' }, downMinutes: 730, steps: [], executes: false };
    const deaths = await dieEverywhere(scenario, (ticks, died) => {
      expect(new Set(ticks.values()), died).toEqual(new Set(['run']));
    });
    expect(deaths).toBeGreaterThan(7);
  });

  it('while the schedule is edited before a catch-up that takes several transactions', async () => {
    const everyMinute = { cron: '*/1 * * * *', catchup: 'all' } as const;
    const scenario: Scenario = {
      schedule: { catchup: 'all' },
      downMinutes: 230,
      first: (boot) => boot.register(everyMinute),
      steps: [],
      executes: false,
    };
    const deaths = await dieEverywhere(scenario, (ticks, died) => {
      expect(new Set(ticks.values()), died).toEqual(new Set(['run']));
    });
    expect(deaths).toBeGreaterThan(8);
  });

  it('while the newest tick of a downtime is caught up', async () => {
    const scenario: Scenario = { schedule: { catchup: 'latest' }, downMinutes: 4, steps: [nothing] };
    const deaths = await dieEverywhere(scenario, (ticks, died) => {
      const last = Math.max(...ticks.keys());
      expect(ticks.get(last), died).toBe('run');
      // The ticks before the newest one of a downtime never run.
      expect(
        [1, 2, 3].map((tick) => ticks.get(tick)),
        died,
      ).toEqual(['missed', 'missed', 'missed']);
    });
    expect(deaths).toBeGreaterThan(10);
  });

  it('while a tick is skipped because the run before it is unfinished', async () => {
    const finish: Scenario['steps'][number] = async ({ engine }) => (await engine.warehouse.attempt()).succeed();
    const steps = [nothing, nothing, finish, nothing, finish];
    const scenario: Scenario = { schedule: { catchup: 'none', overlap: 'skip' }, steps, manual: true };
    const seen = new Set<string>();
    const deaths = await dieEverywhere(scenario, (ticks) => {
      for (const outcome of ticks.values()) seen.add(outcome);
    });
    expect(deaths).toBeGreaterThan(10);
    expect(seen).toEqual(new Set(['run', 'skipped_overlap', 'missed']));
  });

  it('while it is paused and unpaused, with a run that waits', async () => {
    const steps: Scenario['steps'] = [
      nothing,
      (boot) => boot.pause(),
      nothing,
      nothing,
      (boot) => boot.unpause('latest'),
      nothing,
    ];
    const scenario: Scenario = { schedule: { catchup: 'all' }, steps, finally: (boot) => boot.unpause('latest') };
    const deaths = await dieEverywhere(scenario, (ticks, died) => {
      const outcomes = new Set(ticks.values());
      outcomes.delete('run');
      expect([[], ['skipped_paused']], died).toContainEqual([...outcomes]);
    });
    expect(deaths).toBeGreaterThan(25);
  });

  it('while its schedule is edited with ticks due', async () => {
    const steps: Scenario['steps'] = [nothing, (boot) => boot.register({ cron: '* 9 * * *', catchup: 'all' }), nothing];
    const scenario: Scenario = {
      schedule: { catchup: 'all' },
      downMinutes: 2,
      steps,
      finally: (boot) => boot.register({ cron: '* 9 * * *', catchup: 'all' }),
    };
    const deaths = await dieEverywhere(scenario, (ticks, died) => {
      expect(new Set(ticks.values()), died).toEqual(new Set(['run']));
    });
    expect(deaths).toBeGreaterThan(30);
  });
});
