import { z } from 'zod';
import { parseDeletionLimit } from '../core/deletion-guard.ts';
import { notificationsSchema } from './notification-config.ts';

/** Sizes as DuckDB takes them. */
const memorySize = z.string().regex(/^\d+(\.\d+)?\s?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i, 'a size such as 2GB or 512MB');

const warehouseSchema = z.strictObject({
  type: z.literal('duckdb').describe('The kind of warehouse'),
  catalogs: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/), z.string())
    .default({})
    .describe('Database file of each catalog'),
  init_sql: z.string().optional().describe('SQL file that runs when the warehouse opens, before it is locked down'),
  allowed_directories: z.array(z.string()).default([]).describe('Folders whose files users’ SQL may read'),
  memory_limit: memorySize.default('2GB'),
  threads: z.int().min(1).max(256).default(2),
  max_concurrent_runs: z.int().min(1).max(64).default(4),
});

const days = z.int().min(1).max(36_500);

/** The whole of `basecamp.yaml`. Parts that a later version acts on are checked and kept. */
export const configSchema = z.strictObject({
  listen: z.string().default('127.0.0.1:8081').describe('Address and port'),
  hosts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Names that lead here, such as the one of a proxy; others than this machine’s users then reach the server',
    ),
  tls: z
    .strictObject({
      cert: z.string().describe('File of the certificate, PEM, with what leads to its authority'),
      key: z.string().describe('File of its private key, PEM'),
    })
    .optional()
    .describe('Serve HTTPS'),
  trusted_proxies: z
    .array(z.ipv4().or(z.ipv6()))
    .default([])
    .describe('Addresses of proxies whose X-Forwarded-For is believed'),
  data_dir: z.string().default('.dli').describe('State, logs and DuckDB files; one server at a time holds it'),
  specs: z.string().optional().describe('Folder that holds manual/ and code/; default: specs/ in the data folder'),
  code: z
    .strictObject({
      mode: z
        .enum(['deploy', 'folder'])
        .default('deploy')
        .describe('Whether dli workflow deploy writes code/, or you bring the files'),
      max_deletions: z
        .union([z.string(), z.int().min(0)])
        .default('25%')
        .refine((text) => parseDeletionLimit(String(text)) !== undefined, 'a share such as 25% or a number such as 10')
        .describe('How much of code/ may be gone at once without asking'),
    })
    .optional(),
  sync_interval_seconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(300)
    .describe('How often the spec store is looked at, besides when a change is noticed'),
  engine: z.literal('embedded').default('embedded'),
  max_concurrent_runs: z.int().min(1).max(64).default(4),
  warehouse_wait_seconds: z
    .int()
    .min(1)
    .default(1800)
    .describe('How long a run waits for a warehouse that cannot be opened'),
  retention: z
    .strictObject({
      events_days: days.default(30),
      logs_days: days.default(90),
      ticks_days: days.default(400),
      runs_days: days.default(400),
    })
    .optional(),
  warehouses: z.record(z.string(), warehouseSchema).optional(),
  env_vars: z.array(z.string()).default([]).describe('Names that env_var() may read'),
  vars: z.record(z.string(), z.string()).default({}).describe('Values that var() gives'),
  notifications: notificationsSchema.optional(),
});
/** `basecamp.yaml` as it is written. */
export type ConfigYaml = z.output<typeof configSchema>;
