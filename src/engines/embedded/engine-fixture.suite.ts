import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import { FakeClock } from '../../../test/fakes/fake-clock.ts';
import { FakeWarehouse } from '../../../test/fakes/fake-warehouse.ts';
import type { NewRun, Run } from '../../core/run.ts';
import { isTerminal } from '../../core/run-state.ts';
import type { DatasetSpec } from '../../spec/dataset-spec.ts';
import { getRun, insertRun } from '../../store/queries/runs.ts';
import type { Database } from '../../store/sqlite.ts';
import { makeFolder, newRun, openState } from '../../store/store-fixture.suite.ts';
import { EmbeddedEngine, type EngineOptions } from './engine.ts';

/** A spec of which only what the engine reads matters. */
export function specOf({ delaySeconds = 60, maxAttempts = 1, timeoutSeconds = 3_600, posts = 0 } = {}): DatasetSpec {
  const origin = { file: 'x.yaml', line: 1, indent: 0, exact: true };
  const text = { sql: 'SELECT 1', file: null, origin };
  const posted = Array.from({ length: posts }, (_, n) => ({ ...text, name: `p${n}`, continueOnError: false }));
  const notifications = { onFailure: [], onSuccess: [], onSourceChange: [], onRecovery: [], onLate: null };
  return {
    name: 'main.a',
    owner: 'o',
    team: 't',
    description: null,
    domains: [],
    tags: [],
    queryType: 'DML',
    query: text,
    preStatements: [],
    postStatements: posted,
    parameters: [],
    dependsOn: [],
    schema: [],
    versions: [],
    execution: { dialect: null, warehouse: 'default', timeoutSeconds },
    schedule: {
      enabled: true,
      cron: '0 0 * * *',
      timezone: 'UTC',
      retry: { maxAttempts, delaySeconds },
      executionDate: 'same_day',
      catchup: 'latest',
      overlap: 'queue',
      notifications,
    },
  };
}

/** An engine over a state file of its own, a clock that stands still and a warehouse in the test's hands. */
export class EngineFixture {
  readonly file: string;
  readonly database: Database;
  readonly clock: FakeClock;
  readonly warehouse: FakeWarehouse;
  readonly engine: EmbeddedEngine;
  readonly troubles: string[] = [];

  constructor({
    file = join(makeFolder(), 'state.sqlite'),
    database = openState(file),
    clock = new FakeClock(),
    warehouse = new FakeWarehouse(),
    spec = specOf(),
    ...options
  }: {
    readonly file?: string;
    readonly database?: Database;
    readonly clock?: FakeClock;
    readonly warehouse?: FakeWarehouse;
    readonly spec?: DatasetSpec;
  } & Partial<EngineOptions> = {}) {
    this.file = file;
    this.database = database;
    this.clock = clock;
    this.warehouse = warehouse;
    this.engine = new EmbeddedEngine({
      database,
      clock,
      owner: 'boot-1',
      warehouses: new Map([[warehouse.name, warehouse]]),
      specOf: () => spec,
      compile: () =>
        Promise.resolve({
          statements: [{ label: 'query', sql: 'SELECT 1' }],
          postStatements: spec.postStatements.map(({ name, sql }) => ({ label: name, sql, continueOnError: false })),
        }),
      warehouseWaitSeconds: 1_800,
      newUid: randomUUID,
      limits: { total: 4, perWarehouse: new Map([['default', 4]]) },
      onTrouble: (error, doing) => this.troubles.push(`${doing}: ${String(error)}`),
      ...options,
    });
  }

  /** Stores a run as a service does: the engine is told after the commit. */
  async trigger(changes: Partial<NewRun> = {}): Promise<Run> {
    return this.database.write((transaction) => {
      const now = this.clock.now();
      const run = insertRun(transaction, newRun({ createdAt: now, logicalAt: now, ...changes }));
      transaction.afterCommit(() => this.engine.noteWaiting(run));
      return run;
    });
  }

  /** Resolves when the run is as the test wants it, at the latest after the commit that makes it so. */
  until(runUid: string, isSo: (run: Run) => boolean): Promise<Run> {
    return new Promise((resolve) => {
      const look = () => {
        const run = getRun(this.database, runUid);
        if (!run || !isSo(run)) return;
        leave();
        resolve(run);
      };
      const leave = this.database.onCommit(look);
      look();
    });
  }

  /** Resolves when the run has ended. */
  end({ runUid }: Pick<Run, 'runUid'>): Promise<Run> {
    return this.until(runUid, ({ status }) => isTerminal(status));
  }

  /** The run as it is now. */
  now({ runUid }: Pick<Run, 'runUid'>): Run {
    return getRun(this.database, runUid) ?? expect.unreachable(`no run ${runUid}`);
  }

  /** Lets time pass in steps, with everything done that comes of each. @default stepMs 2_000 */
  async passTime(ms: number, stepMs = 2_000): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(left, stepMs));
      await this.quiet();
    }
  }

  /** Resolves when everything that was queued has been stored and acted on: nothing is under way but what waits for the test. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 6; turn += 1) await this.database.write(() => undefined);
  }
}
