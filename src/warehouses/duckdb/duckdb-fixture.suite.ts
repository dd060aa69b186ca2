import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WarehouseFixture } from '../warehouse.suite.ts';
import type { DuckdbConfig } from './child-protocol.ts';
import { type DuckdbOptions, type DuckdbWarehouse, openDuckdbWarehouse } from './duckdb-warehouse.ts';

/** A DuckDB warehouse in a temporary folder, with the lines that it logs. */
export interface DuckdbFixture extends WarehouseFixture {
  readonly warehouse: DuckdbWarehouse;
  readonly folder: string;
  /** Resolves when the warehouse logs a line that `pattern` matches, from now on. */
  readonly logged: (pattern: RegExp) => Promise<string>;
}

/** What the process of a warehouse in `folder` is configured with, for tests that open its files themselves. */
export function configIn(folder: string, changes: Partial<DuckdbConfig> = {}): DuckdbConfig {
  return {
    catalogs: {},
    catalogFolder: join(folder, 'warehouse'),
    tempFolder: join(folder, 'tmp'),
    initSql: undefined,
    allowedDirectories: [],
    memoryLimit: '1GB',
    threads: 2,
    idleCloseMs: 60_000,
    catalogWaitMs: 1_000,
    ...changes,
  };
}

/** Opens a DuckDB warehouse with one catalog, `iceberg`, whose file is `<folder>/warehouse/iceberg.duckdb`. */
export async function openFixture(
  options: Partial<DuckdbOptions> | ((folder: string) => Partial<DuckdbOptions>) = {},
): Promise<DuckdbFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-duckdb-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  const waiting = new Set<{ readonly pattern: RegExp; readonly resolve: (line: string) => void }>();
  const warehouse = openDuckdbWarehouse({
    name: 'default',
    catalogs: { iceberg: join(folder, 'warehouse', 'iceberg.duckdb') },
    catalogFolder: join(folder, 'warehouse'),
    cwd: folder,
    allowedDirectories: [data],
    memoryLimit: '256MB',
    threads: 2,
    maxConcurrentRuns: 4,
    logger: {
      info: (line) => {
        for (const one of waiting) if (one.pattern.test(line) && waiting.delete(one)) one.resolve(line);
      },
    },
    ...(typeof options === 'function' ? options(folder) : options),
  });
  return {
    warehouse,
    folder,
    table: (name) => `iceberg.analytics.${name}`,
    endlessQuery: 'SELECT sum(x.range * y.range) FROM range(100000000) x, range(100000000) y',
    crash: () => {
      if (warehouse.pid !== undefined) process.kill(warehouse.pid, 'SIGKILL');
    },
    logged: (pattern) => new Promise((resolve) => waiting.add({ pattern, resolve })),
    dispose: async () => {
      await warehouse.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
