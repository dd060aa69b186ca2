import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BasecampClient } from '../client/basecamp-client.ts';
import { waitForRun } from '../client/wait.ts';
import { DliError } from '../contract/errors.ts';
import type { WorkflowRun } from '../contract/runs.ts';
import { type RunningServer, startServer } from '../server/start.ts';
import { registerSpecs } from './register-specs.ts';
import { type TestSettings, testConfig } from './test-config.ts';

/** Parameter values of a run by name. */
export type RunParams = NonNullable<Parameters<BasecampClient['workflow']['run']>[0]['params']>;

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

/**
 * Starts a real server in this process: its SQL runs in DuckDB, its state is in SQLite. Nothing of the surroundings is used,
 * neither environment variables nor a `dli.yaml`.
 *
 * @throws DLI-504 for settings that are wrong, DLI-101 for specs that are not there, DLI-813 and others for specs that are refused
 */
export async function startTestBasecamp(options: TestBasecampOptions = {}): Promise<TestBasecamp> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-test-'));
  let server: RunningServer | undefined;
  const close = async () => {
    try {
      await server?.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  try {
    server = await startIn(folder, options);
    const client = new BasecampClient({ url: server.url, actor: options.actor ?? 'test' });
    await registerSpecs(client, options.specs ?? []);
    return testBasecamp(server, { client, close });
  } catch (error) {
    await close();
    throw error;
  }
}

function startIn(folder: string, { files = {}, env = {}, ...options }: TestBasecampOptions): Promise<RunningServer> {
  const written = { ...files, ...testConfig(options) };
  for (const [path, text] of Object.entries(written)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return startServer({ configFile: 'basecamp.yaml', port: 0, cwd: folder, env });
}

function testBasecamp(
  { url, dataDir }: RunningServer,
  { client, close }: { readonly client: BasecampClient; readonly close: () => Promise<void> },
): TestBasecamp {
  let closed: Promise<void> | undefined;
  const closeOnce = () => {
    closed ??= close();
    return closed;
  };
  return {
    url,
    client,
    dataDir,
    run: async (dataset, params = {}) => {
      const started = await client.workflow.run({ dataset, params });
      if (!('run_id' in started)) throw new DliError('DLI-500', `${dataset}: a plan came instead of a run`);
      return waitForRun(client, started.run_id);
    },
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}
