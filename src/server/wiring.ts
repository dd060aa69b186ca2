import { randomFillSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Compiler, createCompiler } from '../compiler/compiler.ts';
import { PlainCompilations } from '../compiler/plain-compilations.ts';
import { uuidV7 } from '../core/uuid.ts';
import { EmbeddedEngine } from '../engines/embedded/engine.ts';
import { Scheduler } from '../engines/embedded/scheduler.ts';
import { createEmailSender } from '../notify/email.ts';
import { createSlackSender } from '../notify/slack.ts';
import { createWebhookSender } from '../notify/webhook.ts';
import { OutboxDelivery } from '../services/outbox-delivery.ts';
import type { ServiceParts } from '../services/parts.ts';
import { SpecCache } from '../services/spec-cache.ts';
import { SpecsTurn } from '../services/specs-turn.ts';
import { SpecStore } from '../spec-store/spec-store.ts';
import { migrate } from '../store/migrate.ts';
import { Database } from '../store/sqlite.ts';
import { openDuckdbWarehouse } from '../warehouses/duckdb/duckdb-warehouse.ts';
import type { Warehouse } from '../warehouses/warehouse.ts';
import type { ConfigSource, ServerConfig } from './config.ts';
import type { ServerLog } from './server-log.ts';
import { systemClock } from './system-clock.ts';

/** How long a stop waits for the warehouse before it answers that it goes on. */
const stopAnswerMs = 15_000;

/** How long a changed spec has to stay as it is before it is read. */
const settleMs = 100;

/** The state file's name in the data folder. */
export const stateFile = 'state.sqlite';

/** Undoes what a start did, the last thing first. */
export class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];

  /** Adds what undoes the step that was just done. */
  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** Undoes every step, once. One that fails does not keep the others from being undone: its error is thrown at the end. */
  async closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** Opens the state, the warehouses and the compiler, and wires the engine and the services to them. Only here do adapters meet. */
export function wireParts(
  config: ServerConfig,
  { env, log, closers }: { readonly env: ConfigSource['env']; readonly log: ServerLog; readonly closers: Closers },
): ServiceParts {
  const database = new Database(join(config.dataDir, stateFile), {
    onTrouble: (error) => log.error('telling of a commit', { error }),
  });
  closers.add(() => database.close());
  migrate(database);
  const warehouses = openWarehouses(config, log);
  closers.add(() => closeWarehouses(warehouses));
  const compiler = createCompiler();
  closers.add(() => compiler.close());
  const specs = new SpecCache(database);
  const templateValues = {
    vars: config.vars,
    envVars: Object.fromEntries(config.envVars.map((name) => [name, env[name] ?? null])),
  };
  const bootId = randomUUID();
  const newUid = createUids();
  const engine = createEngine(config, {
    bootId,
    newUid,
    database,
    warehouses,
    compiler,
    specs,
    templateValues,
    log,
  });
  const scheduler = new Scheduler({
    database,
    clock: systemClock,
    bootId,
    specOf: (revision) => specs.get(revision),
    newUid,
    onRuns: (runs) => engine.noteAllWaiting(runs),
    onBurst: () => engine.hold(),
    onTrouble: (error, doing) => log.error(doing, { error }),
  });
  return {
    database,
    clock: systemClock,
    engine,
    scheduler,
    compiler,
    specs,
    specStore: new SpecStore({ root: config.specsDir, ...config.code, settleMs }),
    specsTurn: new SpecsTurn(),
    warehouses,
    templateValues,
    newUid,
    schedules: scheduler.schedules,
    deliveries: createDeliveries(config, { database, log }),
    stopAnswerMs,
  };
}

function createDeliveries(
  { notifications }: ServerConfig,
  { database, log }: { readonly database: Database; readonly log: ServerLog },
): OutboxDelivery {
  const { slack, email, webhook } = notifications;
  return new OutboxDelivery({
    database,
    clock: systemClock,
    senders: {
      ...(slack ? { slack: createSlackSender(slack) } : {}),
      ...(email ? { email: createEmailSender(email) } : {}),
      ...(webhook ? { webhook: createWebhookSender({ ...webhook, now: () => systemClock.now() }) } : {}),
    },
    random: Math.random,
    onTrouble: (error, doing) => log.error(doing, { error }),
  });
}

/** Makes run uids. Random bytes come from the system by the page: a call for each uid costs more than storing its run. */
function createUids(): () => string {
  const pool = Buffer.alloc(4_096);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += 16;
    return uuidV7(Date.now(), pool.subarray(used - 16, used));
  };
}

function createEngine(
  config: ServerConfig,
  {
    bootId,
    newUid,
    database,
    warehouses,
    compiler,
    specs,
    templateValues,
    log,
  }: Pick<ServiceParts, 'database' | 'warehouses' | 'specs' | 'templateValues' | 'newUid'> & {
    readonly bootId: string;
    readonly compiler: Compiler;
    readonly log: ServerLog;
  },
): EmbeddedEngine {
  const plain = new PlainCompilations();
  return new EmbeddedEngine({
    database,
    clock: systemClock,
    owner: bootId,
    newUid,
    warehouses,
    specOf: (revision) => specs.get(revision),
    compile: ({ runId, params, executionDate, logicalAt, revision }, spec, warehouseDialect) => {
      const ts = new Date(logicalAt).toISOString();
      const input = { spec, warehouseDialect, run: { runId, params, executionDate, ts }, ...templateValues };
      return plain.take({ revision, spec, dialect: warehouseDialect }, () => compiler.compile(input));
    },
    warehouseWaitSeconds: config.warehouseWaitSeconds,
    limits: {
      total: config.maxConcurrentRuns,
      perWarehouse: new Map(config.warehouses.map(({ name, maxConcurrentRuns }) => [name, maxConcurrentRuns])),
    },
    onTrouble: (error, doing) => log.error(doing, { error }),
  });
}

function openWarehouses(config: ServerConfig, log: ServerLog): ReadonlyMap<string, Warehouse> {
  const folder = join(config.dataDir, 'warehouse');
  return new Map(
    config.warehouses.map(({ name, ...warehouse }, index) => [
      name,
      openDuckdbWarehouse({
        name,
        ...warehouse,
        // Catalogs that are not configured are made here; two warehouses cannot hold one file.
        catalogFolder: index === 0 ? folder : join(folder, name),
        cwd: config.baseDir,
        logger: log,
      }),
    ]),
  );
}

async function closeWarehouses(warehouses: ReadonlyMap<string, Warehouse>): Promise<void> {
  await Promise.all([...warehouses.values()].map((warehouse) => warehouse.close()));
}
