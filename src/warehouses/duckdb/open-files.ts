import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { makeFolder } from '../../spec/make-folder.ts';
import type { DuckdbConfig } from './child-protocol.ts';
import { ConnectionTraces, mayLeaveHidden } from './connection-traces.ts';
import { catalogAlias, mainCatalog, quoteIdentifier, quoteString } from './dataset-table.ts';
import { HelperThreads } from './helper-threads.ts';
import { KnownTables } from './known-tables.ts';
import { createLedger } from './ledger.ts';
import { ReadyConnections } from './ready-connections.ts';
import { readDuckdbError } from './sql-error.ts';

/** The warehouse cannot be opened: `message` says why, in words for people. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** DuckDB with every catalog attached and its configuration locked. */
export interface OpenFiles {
  readonly catalogs: ReadonlySet<string>;
  /** Whatever may last runs with their help. */
  readonly helpers: HelperThreads;
  /** Which tables are known to be in them. */
  readonly tables: KnownTables;
  /** What attempts may have left on their connections. */
  readonly traces: ConnectionTraces;
  /** Hands out a connection on which nothing is left of others, which the taker closes or gives back: for an attempt one that another attempt of the same dataset may have had. */
  connect(dataset?: string): Promise<DuckDBConnection>;
  /** Takes back an attempt's connection that is as it was handed out. */
  giveBack(dataset: string, connection: DuckDBConnection): void;
  /** Makes sure that a schema exists, outside any attempt's transaction. */
  ensureSchema(catalog: string, schema: string): Promise<void>;
  /** Forgets which schemas exist: one may have been dropped. */
  forgetSchemas(): void;
  /** Writes everything into the files and closes them, also those after one that cannot be written. Nothing may be running. */
  close(): Promise<void>;
}

/** Opens the warehouse's files and `added`, a catalog that may be new. @throws UnavailableError */
export async function openFiles(config: DuckdbConfig, added: string | undefined): Promise<OpenFiles> {
  const files = catalogFiles(config, added);
  const instance = await DuckDBInstance.create(':memory:', {
    errors_as_json: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_persistent_secrets: 'false',
  });
  try {
    const connection = await instance.connect();
    await prepare(connection, config, files);
    const helpers = await attempt('settings', () => HelperThreads.of(instance));
    return manage({ instance, own: connection, helpers, catalogs: new Set(files.keys()) });
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

/** Finds the file of every catalog: the configured ones, those in the folder, and the one that is asked for. */
export function catalogFiles(config: DuckdbConfig, added: string | undefined): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  if (existsSync(config.catalogFolder)) {
    for (const name of readdirSync(config.catalogFolder).sort()) {
      const catalog = /^([a-z_][a-z0-9_-]*)\.duckdb$/i.exec(name)?.[1]?.toLowerCase();
      if (catalog) files.set(catalog, join(config.catalogFolder, name));
    }
  }
  for (const [catalog, file] of Object.entries(config.catalogs)) files.set(catalog.toLowerCase(), file);
  if (added !== undefined && !files.has(added)) files.set(added, join(config.catalogFolder, `${added}.duckdb`));
  return files;
}

async function prepare(
  connection: DuckDBConnection,
  config: DuckdbConfig,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  makeFolder(config.tempFolder);
  await attempt('settings', () =>
    connection.run(`
      SET GLOBAL memory_limit = ${quoteString(config.memoryLimit)};
      SET GLOBAL threads = ${config.threads};
      SET GLOBAL TimeZone = 'UTC';
      SET GLOBAL temp_directory = ${quoteString(config.tempFolder)};
      SET GLOBAL allowed_directories = [${config.allowedDirectories.map(quoteString).join(', ')}];`),
  );
  for (const [catalog, file] of files) {
    await attempt(file, async () => {
      makeFolder(dirname(file));
      await connection.run(`ATTACH ${quoteString(file)} AS ${quoteIdentifier(catalogAlias(catalog))} (TYPE duckdb)`);
      await createLedger(connection, catalog);
    });
  }
  if (files.has(mainCatalog)) await connection.run(`USE ${quoteIdentifier(catalogAlias(mainCatalog))}`);
  const { initSql } = config;
  if (initSql !== undefined) await attempt('init_sql', () => connection.run(initSql));
  // DuckDB adds every attached file and temp_directory to what SQL may read here, its own WAL among them,
  // and refuses to take them out again.
  await connection.run(`
    SET GLOBAL enable_external_access = false;
    SET GLOBAL allowed_configs = ['external_threads'];
    SET GLOBAL lock_configuration = true;`);
}

async function attempt<Result>(subject: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw new UnavailableError(unavailableReason(subject, readDuckdbError(error).message), { cause: error });
  }
}

// DuckDB: `Could not set lock on file "…": Conflicting lock is held in /usr/bin/node (PID 12) by user x. See also …`
function unavailableReason(subject: string, message: string): string {
  const lock = /Conflicting lock is held in (.*?) ?\(PID (\d+)\)/.exec(message);
  if (lock)
    return `${subject} is held by another program: ${lock[1] || 'unknown'} (process ${lock[2]}). Close it there`;
  if (/Could not set lock on file/.test(message)) return `${subject} is held by another program. Close it there`;
  return `${subject} does not open: ${message.replace(/\s+/g, ' ')}`;
}

function manage({
  instance,
  own,
  helpers,
  catalogs,
}: {
  readonly instance: DuckDBInstance;
  readonly own: DuckDBConnection;
  readonly helpers: HelperThreads;
  readonly catalogs: ReadonlySet<string>;
}): OpenFiles {
  const schemas = new Map<string, Promise<unknown>>();
  const hasMain = catalogs.has(mainCatalog);
  const connections = new ReadyConnections(async () => {
    const connection = await instance.connect();
    // A default catalog belongs to a connection, and cannot be set for all of them.
    if (hasMain) await connection.run(`USE ${quoteIdentifier(catalogAlias(mainCatalog))}`);
    return connection;
  });
  const traces = new ConnectionTraces(async () => {
    const connection = await instance.connect();
    try {
      return await mayLeaveHidden(connection);
    } finally {
      connection.closeSync();
    }
  });
  return {
    catalogs,
    helpers,
    tables: new KnownTables(),
    traces,
    connect: (dataset) => connections.take(dataset),
    giveBack: (dataset, connection) => connections.giveBack(dataset, connection),
    async ensureSchema(catalog, schema) {
      const name = `${quoteIdentifier(catalogAlias(catalog))}.${quoteIdentifier(schema)}`;
      const creating = schemas.get(name) ?? own.run(`CREATE SCHEMA IF NOT EXISTS ${name}`);
      schemas.set(name, creating);
      await creating.catch((error: unknown) => {
        schemas.delete(name);
        throw error;
      });
    },
    forgetSchemas: () => schemas.clear(),
    async close() {
      const steps: (() => Promise<unknown>)[] = [() => traces.settled(), () => connections.close()];
      // The default catalog of a connection cannot be detached.
      if (hasMain) steps.push(() => own.run('USE memory'));
      for (const catalog of catalogs) {
        const name = quoteIdentifier(catalogAlias(catalog));
        // Here and not by the close itself, which would hold this process's event loop meanwhile.
        steps.push(() => helpers.during(() => own.run(`CHECKPOINT ${name}`)));
        // The database itself stays open until the garbage collector has found every pending result of it (those that brought
        // threads, too), and would hold its files as long.
        steps.push(() => own.run(`DETACH ${name}`));
      }
      try {
        await takeAll(steps);
      } finally {
        await helpers.close();
        own.closeSync();
        instance.closeSync();
      }
    },
  };
}

/** Takes every step in order, whatever became of those before it. @throws the first of their errors */
async function takeAll(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}
