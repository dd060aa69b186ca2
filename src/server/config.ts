import { dirname, resolve } from 'node:path';
import { DliError, type Problem } from '../contract/errors.ts';
import { type DeletionLimit, parseDeletionLimit } from '../core/deletion-guard.ts';
import type { Retention } from '../services/housekeeping.ts';
import { readTextFile } from '../spec/disk.ts';
import { schemaProblems } from '../spec/schema-problems.ts';
import { readYaml, type YamlPath } from '../spec/yaml-source.ts';
import { type ConfigYaml, configSchema } from './config-schema.ts';
import { type NotificationsConfig, notificationsOf } from './notification-config.ts';
import { isLoopback } from './same-host.ts';
import { readTls, type TlsFiles } from './tls.ts';

/** A configured DuckDB warehouse; paths are absolute. */
export interface WarehouseConfig {
  readonly name: string;
  readonly type: 'duckdb';
  readonly catalogs: Readonly<Record<string, string>>;
  readonly initSql: string | undefined;
  readonly allowedDirectories: readonly string[];
  readonly memoryLimit: string;
  readonly threads: number;
  readonly maxConcurrentRuns: number;
}

/** The server's configuration with every default filled in; paths are absolute. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Names that lead here, besides the address. */
  readonly hosts: readonly string[];
  /** Others than this machine's users reach the server, so that everybody needs a token. */
  readonly isPublic: boolean;
  readonly tls: TlsFiles | undefined;
  readonly trustedProxies: readonly string[];
  readonly dataDir: string;
  readonly specsDir: string;
  readonly code: { readonly mode: 'deploy' | 'folder'; readonly maxDeletions: DeletionLimit };
  readonly syncIntervalSeconds: number;
  /** What relative paths in the configuration and in init_sql refer to. */
  readonly baseDir: string;
  readonly maxConcurrentRuns: number;
  readonly warehouseWaitSeconds: number;
  readonly warehouses: readonly WarehouseConfig[];
  readonly envVars: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
  readonly retention: Retention;
  readonly notifications: NotificationsConfig;
}

/** Where a configuration comes from; flags win over environment variables, which win over the file. */
export interface ConfigSource {
  readonly configFile?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly port?: number | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const numberSettings = ['sync_interval_seconds', 'max_concurrent_runs', 'warehouse_wait_seconds'] as const;
const textSettings = ['listen', 'data_dir', 'specs'] as const;

/** Reads the configuration. @throws DLI-504 with every problem and its line */
export function readConfig(source: ConfigSource): ServerConfig {
  const file = source.configFile === undefined ? undefined : resolve(source.cwd, source.configFile);
  const baseDir = file === undefined ? source.cwd : dirname(file);
  const yaml = withEnvironment(file === undefined ? configSchema.parse({}) : readFile(file), source.env);
  const { host, port } = parseListen(yaml.listen);
  const dataDir = source.dataDir === undefined ? resolve(baseDir, yaml.data_dir) : resolve(source.cwd, source.dataDir);
  return {
    host,
    port: source.port ?? port,
    hosts: yaml.hosts,
    isPublic: !isLoopback(host) || yaml.hosts.some((name) => !isLoopback(name.toLowerCase())),
    tls: yaml.tls && readTls({ cert: resolve(baseDir, yaml.tls.cert), key: resolve(baseDir, yaml.tls.key) }),
    trustedProxies: yaml.trusted_proxies,
    dataDir,
    specsDir: yaml.specs === undefined ? resolve(dataDir, 'specs') : resolve(baseDir, yaml.specs),
    code: codeOf(yaml),
    syncIntervalSeconds: yaml.sync_interval_seconds,
    baseDir,
    maxConcurrentRuns: yaml.max_concurrent_runs,
    warehouseWaitSeconds: yaml.warehouse_wait_seconds,
    warehouses: warehousesOf(yaml, baseDir),
    envVars: yaml.env_vars,
    vars: yaml.vars,
    retention: retentionOf(yaml),
    notifications: notificationsOf(yaml.notifications, source.env),
  };
}

function readFile(file: string): ConfigYaml {
  const text = readTextFile(file);
  if (text === undefined)
    throw new DliError('DLI-504', `There is no configuration file ${file}`, {
      hints: ['Check the path given with --config'],
    });
  const read = readYaml(text, file);
  if (!read.ok) throw badConfig(file, read.problems);
  const parsed = configSchema.safeParse(read.source.value);
  if (!parsed.success) throw badConfig(file, schemaProblems(parsed.error.issues, read.source, configSchema));
  return parsed.data;
}

function badConfig(file: string, problems: readonly Problem[]): DliError {
  return new DliError(
    'DLI-504',
    `Bad configuration ${file}: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}`,
    {
      problems,
    },
  );
}

/** Scalars may also come as `BASECAMP_<NAME>`. */
function withEnvironment(yaml: ConfigYaml, env: ConfigSource['env']): ConfigYaml {
  const merged: Record<string, unknown> = { ...yaml };
  for (const name of textSettings) merged[name] = env[`BASECAMP_${name.toUpperCase()}`] ?? merged[name];
  for (const name of numberSettings) {
    const value = env[`BASECAMP_${name.toUpperCase()}`];
    if (value !== undefined) merged[name] = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  const parsed = configSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  // The file was right, so what is wrong comes from the variable, which stands where a file's name would.
  const place = ([name]: YamlPath): Problem => ({ file: `BASECAMP_${String(name).toUpperCase()}`, message: '' });
  const source = { value: merged, place, keyPlace: place };
  throw new DliError('DLI-504', 'Bad configuration in the environment', {
    problems: schemaProblems(parsed.error.issues, source, configSchema),
  });
}

function retentionOf({ retention }: ConfigYaml): Retention {
  const { events_days, logs_days, ticks_days, runs_days } =
    retention ?? configSchema.shape.retention.unwrap().parse({});
  return { eventsDays: events_days, logsDays: logs_days, ticksDays: ticks_days, runsDays: runs_days };
}

function codeOf({ code }: ConfigYaml): ServerConfig['code'] {
  const { mode, max_deletions } = code ?? configSchema.shape.code.unwrap().parse({});
  // The schema has refused what cannot be read.
  const maxDeletions = parseDeletionLimit(String(max_deletions)) ?? { kind: 'count', value: 0 };
  return { mode, maxDeletions };
}

function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const match = /^(?<host>\[[^\]]+\]|[^:]+):(?<port>\d{1,5})$/.exec(listen);
  const port = Number(match?.groups?.port);
  if (!match?.groups?.host || port > 65_535) {
    throw new DliError('DLI-504', `listen '${listen}' is not an address and a port`, {
      hints: ['Write it as 127.0.0.1:8081'],
    });
  }
  return { host: match.groups.host.replaceAll(/[[\]]/g, ''), port };
}

function warehousesOf(yaml: ConfigYaml, baseDir: string): readonly WarehouseConfig[] {
  const configured = yaml.warehouses ?? {
    default: configSchema.shape.warehouses.unwrap().valueType.parse({ type: 'duckdb' }),
  };
  return Object.entries(configured).map(([name, warehouse]) => ({
    name,
    type: warehouse.type,
    catalogs: Object.fromEntries(
      Object.entries(warehouse.catalogs).map(([catalog, path]) => [catalog, resolve(baseDir, path)]),
    ),
    initSql: warehouse.init_sql === undefined ? undefined : readInitSql(name, resolve(baseDir, warehouse.init_sql)),
    allowedDirectories: warehouse.allowed_directories.map((path) => resolve(baseDir, path)),
    memoryLimit: warehouse.memory_limit,
    threads: warehouse.threads,
    maxConcurrentRuns: warehouse.max_concurrent_runs,
  }));
}

function readInitSql(warehouse: string, path: string): string {
  const text = readTextFile(path);
  if (text !== undefined) return text;
  throw new DliError('DLI-504', `The init_sql of warehouse '${warehouse}' is not there: ${path}`, {
    hints: ['Paths are relative to the configuration file'],
  });
}
