import { z } from 'zod';
import { instant } from './fields.ts';
import { route } from './route.ts';

/** `GET /version` */
export const getVersion = route()
  .route({ method: 'GET', path: '/version', summary: 'Version of the server' })
  .output(
    z.object({
      version: z.string().describe('Version of the server'),
      api_version: z.literal('v1').describe('Version of the API'),
    }),
  );

/** Shape of a {@link ServerStatus} on the wire. */
export const serverStatusSchema = z.object({
  version: z.string().describe('Version of the server'),
  started_at: instant,
  pid: z.int().describe('Process id'),
  data_dir: z.string().describe('Its data folder'),
  engine: z.literal('embedded').describe('What executes runs'),
  warehouses: z
    .array(z.object({ name: z.string().describe('Name'), type: z.string().describe('Kind') }))
    .describe('Configured warehouses'),
  workflows: z.int().describe('Registrations'),
  runs: z
    .object({ PENDING: z.int().describe('Runs that wait'), RUNNING: z.int().describe('Runs at work') })
    .describe('Runs that have not ended'),
  max_concurrent_runs: z.int().describe('How many runs may be at work in all'),
  scheduler: z
    .object({
      schedules: z.int().describe('Schedules in force'),
      next_tick_at: instant.nullable(),
      hold: z
        .object({ until: instant, reason: z.string().describe('Why') })
        .nullable()
        .describe('Set while no tick fires because the clock leapt and may be wrong'),
    })
    .describe('What fires schedules'),
  spec_store: z
    .object({
      folder: z.string().describe('Holds manual/ and code/'),
      code_mode: z.enum(['deploy', 'folder']).describe('Whether deploys write code/, or people bring the files'),
      looked_at: instant.nullable().describe('When it was last looked at'),
      broken: z.int().describe('Files that are not in force'),
      troubles: z.array(z.string()).describe('Folders that cannot be read'),
    })
    .describe('Where specs are kept'),
});
/** What the server says of itself. */
export type ServerStatus = z.infer<typeof serverStatusSchema>;

/** `GET /health` */
export const getHealth = route()
  .route({ method: 'GET', path: '/health', summary: 'The server is up; what it holds' })
  .output(serverStatusSchema);

/** `GET /ready` */
export const getReady = route('DLI-816')
  .route({ method: 'GET', path: '/ready', summary: 'The server accepts work' })
  .output(z.object({ ready: z.literal(true).describe('It does') }));
