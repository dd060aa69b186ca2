import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Run } from '../../core/run.ts';
import { isTerminal } from '../../core/run-state.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';

/* Whatever is done to the clock while runs wait, and whatever they wait for: once it is right, all of them go on. */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const year = 365 * 24 * hour;
const delaySeconds = 300;
const longestConflictDelay = 30 * second;

const error = { code: 'DLI-815', message: 'boom', statement: 'query', line: 1, column: 2, mendable: true } as const;
const ends = {
  fails: { kind: 'failed', published: false, postIndex: 0, error },
  conflicts: { kind: 'failed', published: false, postIndex: 0, error: { ...error, conflict: true } },
  dies: { kind: 'lost', reason: 'killed', ours: true },
} as const;

type Step = (life: Life) => unknown;

/** A server's life, with time that has really passed beside what the clock says. */
class Life {
  readonly runs: Run[] = [];
  #boots = 0;
  #passed = 0;
  #fixture = this.#boot();
  readonly #begin = this.#fixture.clock.now();

  get fixture(): EngineFixture {
    return this.#fixture;
  }

  #boot(left: Partial<Pick<EngineFixture, 'database' | 'clock'>> = {}): EngineFixture {
    const spec = specOf({ maxAttempts: 3, delaySeconds, timeoutSeconds: (100 * year) / second });
    this.#boots += 1;
    const owner = `boot-${this.#boots}`;
    const fixture = new EngineFixture({ spec, owner, warehouseWaitSeconds: 600, ...left });
    fixture.warehouse.manual = true;
    return fixture;
  }

  async restart(): Promise<void> {
    const { engine, database, clock } = this.#fixture;
    await engine.close();
    this.#fixture = this.#boot({ database, clock });
    await this.#fixture.engine.start();
  }

  async pass(ms: number): Promise<void> {
    this.#passed += ms;
    await this.#fixture.passTime(ms, 10 * second);
  }

  setRight(): void {
    this.#fixture.clock.jumpTo(this.#begin + this.#passed);
  }
}

function showing(name: string, step: Step): Step {
  return Object.assign(step, { toString: () => name });
}

const trigger = (dataset: string) =>
  showing(`trigger ${dataset}`, async ({ fixture, runs }) => {
    runs.push(await fixture.trigger({ dataset, maxAttempts: 3, logicalAt: runs.length * second }));
  });
const end = (how: keyof typeof ends | 'succeeds') =>
  showing(`one ${how}`, async ({ fixture: { warehouse } }) => {
    if (warehouse.untaken === 0) return;
    const attempt = await warehouse.attempt();
    if (how === 'succeeds') attempt.succeed();
    else attempt.end(ends[how]);
  });
const jump = (ms: number) => showing(`jump ${ms}`, ({ fixture: { clock } }) => clock.jumpTo(clock.now() + ms));
const pass = (ms: number) => showing(`pass ${ms}`, (life) => life.pass(ms));
const hold = (by: string | undefined) =>
  showing(`held by ${by}`, ({ fixture }) => {
    fixture.warehouse.heldBy = by;
  });

const jumps = [500, 5 * second, hour, 14 * year].flatMap((ms) => [jump(ms), jump(-ms)]);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(trigger('main.a'), trigger('main.b')) },
  { weight: 3, arbitrary: fc.constantFrom(end('succeeds'), end('fails'), end('conflicts'), end('dies')) },
  { weight: 4, arbitrary: fc.constantFrom(...jumps) },
  { weight: 4, arbitrary: fc.constantFrom(...[1, second, 20 * second, minute, 5 * minute, hour].map(pass)) },
  { weight: 2, arbitrary: fc.constant(showing('set right', (life) => life.setRight())) },
  { weight: 1, arbitrary: fc.constantFrom(hold('another'), hold(undefined)) },
  { weight: 1, arbitrary: fc.constant(showing('restart', (life) => life.restart())) },
);

it('a clock that was set holds up no run once it is right', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
      const life = new Life();
      await life.fixture.engine.start();
      for (const one of steps) {
        await one(life);
        await life.fixture.quiet();
      }
      life.setRight();
      const { warehouse } = life.fixture;
      warehouse.heldBy = undefined;
      warehouse.manual = false;
      while (warehouse.untaken > 0) (await warehouse.attempt()).succeed();
      await life.fixture.quiet();
      await life.pass(minute + delaySeconds * second + longestConflictDelay);
      const left = life.runs.map((run) => life.fixture.now(run)).filter(({ status }) => !isTerminal(status));
      expect({ left, troubles: life.fixture.troubles }).toEqual({ left: [], troubles: [] });
    }),
    { numRuns: 100 },
  );
});
