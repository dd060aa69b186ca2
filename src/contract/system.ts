import { z } from 'zod';
import { instant } from './fields.ts';
import { route } from './route.ts';

/** `GET /version` */
export const getVersion = route()
  .route({ method: 'GET', path: '/version', summary: 'Version of the server' })
  .output(z.object({ version: z.string(), api_version: z.literal('v1') }));

export const serverStatusSchema = z.object({
  version: z.string(),
  started_at: instant,
  pid: z.int(),
  data_dir: z.string(),
  engine: z.literal('embedded'),
  warehouses: z.array(z.object({ name: z.string(), type: z.string() })),
  workflows: z.int(),
  runs: z.object({ PENDING: z.int(), RUNNING: z.int() }),
  max_concurrent_runs: z.int(),
  schedules_fire: z
    .boolean()
    .describe('False: schedules are kept and checked, but this version does not fire them yet'),
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
  .output(z.object({ ready: z.literal(true) }));
