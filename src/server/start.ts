import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ServerStatus } from '../contract/system.ts';
import { counted } from '../core/counted.ts';
import { keepHouse } from '../services/housekeeping.ts';
import { watchLateness } from '../services/late-watch.ts';
import type { ServiceParts } from '../services/parts.ts';
import { type SpecWatchOptions, watchSpecs } from '../services/spec-watch.ts';
import { addOutcomes, type SyncOutcome, syncSpecs } from '../services/sync.ts';
import { instantOf } from '../services/views.ts';
import { lockDataFolder } from '../store/data-folder-lock.ts';
import { countRegistrations } from '../store/queries/registrations.ts';
import { countUnfinished } from '../store/queries/runs.ts';
import { countSchedules } from '../store/queries/schedules.ts';
import { damageOf, stateFileUnusable } from '../store/state-errors.ts';
import { Access } from './access.ts';
import { createApi } from './api.ts';
import { type ConfigSource, readConfig, type ServerConfig } from './config.ts';
import { makeDataDir } from './data-dir.ts';
import { createApp } from './http.ts';
import { closeServer, listen } from './listen.ts';
import { Metrics } from './metrics.ts';
import { accessNotes, requireTokens } from './public-start.ts';
import { createRouter } from './router.ts';
import { openServerLog, type ServerLog } from './server-log.ts';
import { linesOf, SpecLooks } from './spec-looks.ts';
import { version } from './version.ts';
import { createWebServer } from './web-server.ts';
import { Closers, stateFile, wireParts } from './wiring.ts';

type OnLook = SpecWatchOptions['onLook'];

/** A server that accepts requests. */
export interface RunningServer {
  readonly url: string;
  readonly dataDir: string;
  readonly warehouses: readonly { readonly name: string; readonly type: string; readonly place: string }[];
  /** How many schedules are in force, and when the next tick is due. */
  readonly schedules: string;
  /** What the operator should know about this start. */
  readonly notes: readonly string[];
  /** Cancels what is running, whose runs go on at the next start, and frees the data folder and the port. */
  close(): Promise<void>;
}

/**
 * Starts a server: takes the data folder, brings the state up to date, recovers what another boot left, listens.
 *
 * @throws DLI-502 data folder in use, DLI-503 port taken, DLI-504 bad configuration, DLI-505 data folder not usable
 */
export async function startServer(source: ConfigSource): Promise<RunningServer> {
  const config = readConfig(source);
  makeDataDir(config.dataDir);
  const lock = lockDataFolder(config.dataDir);
  const closers = new Closers();
  closers.add(() => lock.release());
  try {
    return await assemble(config, source.env, closers);
  } catch (error) {
    await closers.closeAll();
    const damage = damageOf(error);
    throw damage ? stateFileUnusable(join(config.dataDir, stateFile), damage) : error;
  }
}

async function assemble(config: ServerConfig, env: ConfigSource['env'], closers: Closers): Promise<RunningServer> {
  const log = openServerLog(config.dataDir);
  const parts = wireParts(config, { env, log, closers });
  const closing = new AbortController();
  const startedAt = new Date().toISOString();
  const looks = new SpecLooks(log);
  const status = () => statusOf(config, { parts, startedAt, looks });
  const isReady = () => !closing.signal.aborted;
  const router = createRouter({ ...parts, status, isReady, closing: closing.signal });
  const answering = createAnswering(config, { parts, router, log });
  // The port is taken first, so that a taken one changes nothing; whoever asks meanwhile waits until the state is in order.
  const inOrder = Promise.withResolvers<void>();
  const server = createWebServer(answering, { tls: config.tls, ready: inOrder.promise });
  const port = await listen(server, config);
  closers.add(() => closeServer(server));
  const onLook: OnLook = (source, outcome) => looks.note(source, outcome, Date.now());
  const firstLook = await lookFirst(parts, { log, closers, closing, onLook });
  const closed = await findClosed(config, parts);
  const orphaned = await parts.engine.start();
  await parts.scheduler.start();
  inOrder.resolve();
  startBackground({ parts, config, log, closers, firstLook, onLook });
  closers.add(() => closing.abort());
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    url: `${config.tls ? 'https' : 'http'}://${host}:${port}`,
    dataDir: config.dataDir,
    warehouses: config.warehouses.map(({ name, type, catalogs }) => ({
      name,
      type,
      place: Object.values(catalogs).join(', ') || join(config.dataDir, 'warehouse'),
    })),
    schedules: describeSchedules(parts),
    notes: [
      ...accessNotes(config),
      ...(orphaned > 0
        ? [
            `${counted(orphaned, 'run')} had lost ${orphaned === 1 ? 'its server; it goes' : 'their server; they go'} on now`,
          ]
        : []),
      ...closed,
      ...linesOf(firstLook),
    ],
    close: () => closers.closeAll(),
  };
}

function createAnswering(
  config: ServerConfig,
  {
    parts,
    router,
    log,
  }: { readonly parts: ServiceParts; readonly router: ReturnType<typeof createRouter>; readonly log: ServerLog },
) {
  const options = {
    reportBug: (error: unknown, id: string) => log.error('internal error', { error, id }),
    access: openAccess(config, parts, log),
    own: config,
  };
  const api = createApi(router, options);
  return { api, app: createApp(api, { ...options, metrics: new Metrics(parts.database, () => Date.now()) }) };
}

/** Starts what works beside the requests, and adds what ends it. */
function startBackground({
  parts,
  config,
  log,
  closers,
  firstLook,
  onLook,
}: {
  readonly parts: ServiceParts;
  readonly config: ServerConfig;
  readonly log: ServerLog;
  readonly closers: Closers;
  readonly firstLook: SyncOutcome;
  readonly onLook: OnLook;
}): void {
  closers.add(() => parts.engine.close());
  closers.add(() => parts.scheduler.close());
  const onTrouble = (error: unknown, doing: string) => log.error(doing, { error });
  parts.deliveries.start();
  closers.add(() => parts.deliveries.close());
  const intervalMs = config.syncIntervalSeconds * 1000;
  closers.add(watchSpecs({ parts, before: firstLook, intervalMs, onLook, onTrouble }));
  closers.add(watchLateness({ parts, onTrouble }));
  closers.add(keepHouse({ ...parts, retention: config.retention, onTrouble }));
}

/** How long a start waits for the first look at code: what a night's checkout brought may take minutes to check. */
const firstLookMs = 3_000;

/**
 * Looks at the spec store before the first request. Manual files are waited for, as they may be of registrations that a crash
 * interrupted; what of code takes longer goes on beside the requests.
 */
async function lookFirst(
  parts: ServiceParts,
  {
    log,
    closers,
    closing,
    onLook,
  }: {
    readonly log: ServerLog;
    readonly closers: Closers;
    /** Ends the look, too. */
    readonly closing: AbortController;
    readonly onLook: OnLook;
  },
): Promise<SyncOutcome> {
  // What files look like is kept by the next look: a state that the recovery finds damaged is to be as it was.
  const manual = await syncSpecs(parts, { sources: ['manual'], savesLooks: false });
  onLook('manual', manual);
  const { signal } = closing;
  const look = syncSpecs(parts, { sources: ['code'], savesLooks: false, signal }).then((code) => {
    onLook('code', code);
    return addOutcomes(manual, code);
  });
  const ended = look.then(
    () => undefined,
    (error: unknown) => {
      if (error !== signal.reason) log.error('looking at the spec store', { error });
    },
  );
  closers.add(() => {
    closing.abort();
    return ended;
  });
  const late = 'The specs of code are still being looked at: what has changed comes into force as it is found good';
  return Promise.race([look, setTimeout(firstLookMs, { ...manual, notes: [late] }, { ref: false })]);
}

function openAccess(config: ServerConfig, parts: ServiceParts, log: ServerLog): Access {
  requireTokens(config, parts.database);
  const onBlocked = (address: string) => log.info(`too many wrong tokens came from ${address}: it waits a minute`);
  return new Access({ ...parts, ...config, onBlocked });
}

/** Opens warehouses that run an init_sql, so that its errors show now and not when the first run waits. */
async function findClosed(config: ServerConfig, { warehouses, database }: ServiceParts): Promise<readonly string[]> {
  // An init_sql may name catalogs that the first registration makes; until then nothing waits for it.
  if (countRegistrations(database) === 0) return [];
  const notes = config.warehouses.map(async ({ name, initSql }) => {
    if (initSql === undefined) return [];
    const open = warehouses.get(name)?.bind({ dataset: 'main', statements: [] });
    return open?.then(
      () => [],
      (error: unknown) => [`Warehouse ${name} does not open, so its runs will wait: ${describe(error)}`],
    );
  });
  return (await Promise.all(notes)).flatMap((note) => note ?? []);
}

function describeSchedules({ database, scheduler }: ServiceParts): string {
  const { nextTickAt } = scheduler.state;
  const when = nextTickAt !== null && nextTickAt <= Date.now() ? 'now, to catch up' : `at ${instantOf(nextTickAt)}`;
  return `${countSchedules(database)} in force${nextTickAt === null ? '' : `, the next tick ${when}`}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function statusOf(
  config: ServerConfig,
  { parts, startedAt, looks }: { readonly parts: ServiceParts; readonly startedAt: string; readonly looks: SpecLooks },
): ServerStatus {
  const { database, scheduler } = parts;
  const { nextTickAt, hold } = scheduler.state;
  return {
    version,
    started_at: startedAt,
    pid: process.pid,
    data_dir: config.dataDir,
    engine: 'embedded',
    warehouses: config.warehouses.map(({ name, type }) => ({ name, type })),
    workflows: countRegistrations(database),
    runs: countUnfinished(database),
    max_concurrent_runs: config.maxConcurrentRuns,
    scheduler: {
      schedules: countSchedules(database),
      next_tick_at: instantOf(nextTickAt),
      hold: hold && { until: instantOf(hold.until), reason: hold.reason },
    },
    spec_store: looks.status(config, parts),
  };
}
