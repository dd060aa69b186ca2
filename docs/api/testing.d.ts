// Written by `npm run api` from src/entries. A change here is a change for everybody who uses the package.

import type { BasecampClient, JSONType, WorkflowRun } from './client.js';

/** Parameter values of a run by name. */
export type RunParams = { [x: string]: JSONType };

/** A real server on a folder of its own. `await using basecamp = await startTestBasecamp()` closes it at the block's end. */
export interface TestBasecamp extends AsyncDisposable {
  /** Its address, on 127.0.0.1 and a port that the system chose. */
  readonly url: string;
  readonly client: BasecampClient;
  /** Its data folder: state, log and warehouse. It is gone after `close`. */
  readonly dataDir: string;
  /** Runs a dataset and waits for its end, however it ends: `status` and `error` tell. @throws DLI-8xx when the run is refused */
  run(dataset: string, params?: RunParams): Promise<WorkflowRun>;
  /** Stops the server and its processes and removes its folder. The second call does nothing. */
  close(): Promise<void>;
}

/** What a test server has when it is ready. */
export interface TestBasecampOptions {
  /**
   * Specs to register: YAML files, or folders that are searched as `dli workflow validate` does. Relative paths are
   * relative to the process's folder. @default none
   */
  readonly specs?: readonly string[];
  /**
   * DuckDB SQL that makes what the specs read: schemas, views, tables. It runs whenever the warehouse opens, so it says
   * `IF NOT EXISTS` or `OR REPLACE`. Relative paths are relative to the server's folder. @default none
   */
  readonly initSql?: string;
  /** Files of the server's folder, text by relative path. SQL may read them. @default none */
  readonly files?: Readonly<Record<string, string>>;
  /** Database file of each catalog of the default warehouse. @default one in the server's folder for each catalog that a spec names */
  readonly catalogs?: Readonly<Record<string, string>>;
  /** More settings, named as in `basecamp.yaml`. @default none */
  readonly config?: TestSettings;
  /** The environment that the server sees: what `env_var()` may read, where `config.env_vars` names it. @default empty */
  readonly env?: Readonly<Record<string, string>>;
  /** Who acts, as events name it. @default "test" */
  readonly actor?: string;
}

/** Settings named as in `basecamp.yaml`; address and data folder are the test's own. */
export type TestSettings = {
  hosts?: string[] | undefined;

  tls?: { cert: string; key: string } | undefined;

  trusted_proxies?: string[] | undefined;

  specs?: string | undefined;

  code?: { mode?: 'deploy' | 'folder' | undefined; max_deletions?: string | number | undefined } | undefined;

  sync_interval_seconds?: number | undefined;

  engine?: 'embedded' | undefined;

  max_concurrent_runs?: number | undefined;

  warehouse_wait_seconds?: number | undefined;

  retention?:
    | {
        events_days?: number | undefined;
        logs_days?: number | undefined;
        ticks_days?: number | undefined;
        runs_days?: number | undefined;
      }
    | undefined;

  warehouses?:
    | Record<
        string,
        {
          type: 'duckdb';
          catalogs?: Record<string, string> | undefined;
          init_sql?: string | undefined;
          allowed_directories?: string[] | undefined;
          memory_limit?: string | undefined;
          threads?: number | undefined;
          max_concurrent_runs?: number | undefined;
        }
      >
    | undefined;

  env_vars?: string[] | undefined;

  vars?: Record<string, string> | undefined;

  notifications?:
    | {
        slack?: { webhook_url?: string | undefined } | undefined;
        email?: { smtp_url?: string | undefined; from?: string | undefined } | undefined;
        webhook?: { secret?: string | undefined; allow_private_addresses?: boolean | undefined } | undefined;
      }
    | undefined;
};

/**
 * Starts a real server in this process: its SQL runs in DuckDB, its state is in SQLite. Nothing of the surroundings is used,
 * neither environment variables nor a `dli.yaml`.
 *
 * @throws DLI-504 for settings that are wrong, DLI-101 for specs that are not there, DLI-813 and others for specs that are refused
 */
export declare const startTestBasecamp: (options?: TestBasecampOptions) => Promise<TestBasecamp>;
