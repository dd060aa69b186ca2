import { DliError } from '../../contract/errors.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { factLines } from '../render/facts.ts';
import { visibleLine } from '../render/visible.ts';

const largestPort = 65_535;

export const command = defineCommand({
  args: {},
  options: {
    port: { kind: 'integer', takes: 'PORT', min: 0, summary: 'Port to listen on; 0 takes a free one; default 8081' },
    data: { kind: 'text', takes: 'DIR', summary: "Folder of the server's state; default .dli", names: ['folder'] },
    config: {
      kind: 'text',
      takes: 'FILE',
      summary: 'Configuration file (basecamp.yaml); default none',
      names: ['file'],
    },
  },
  details: ['Ctrl-C stops it: queries at work are cancelled, and their runs go on at the next start.'],
  examples: ['', '--port 9000 --data /var/lib/dli', '--config basecamp.yaml'],
  run: async ({ options }, context) => {
    const { io } = context;
    if (options.port !== undefined && options.port > largestPort) {
      throw new DliError('DLI-400', `--port is '${options.port}'`, { hints: [`Allowed: 0 to ${largestPort}`] });
    }
    const { startServer } = await import('../../server/start.ts');
    const server = await startServer({
      ...(options.config === undefined ? {} : { configFile: options.config }),
      ...(options.data === undefined ? {} : { dataDir: options.data }),
      ...(options.port === undefined ? {} : { port: options.port }),
      cwd: io.cwd,
      env: io.env,
    });
    try {
      tellStarted(server, context);
      await aborted(io.signal);
      io.stderr.write(`${await closingLine(server.url)}\n`);
    } finally {
      await server.close();
    }
    context.say('Stopped.');
    return 0;
  },
});

interface StartedServer {
  readonly url: string;
  readonly dataDir: string;
  readonly warehouses: readonly { readonly name: string; readonly type: string; readonly place: string }[];
  /** How many schedules are in force, and when the next one fires. */
  readonly schedules: string;
  readonly notes: readonly string[];
}

function tellStarted(
  { url, dataDir, warehouses, schedules, notes }: StartedServer,
  { format, json, say }: CommandContext,
): void {
  if (format === 'json') json({ url, data_dir: dataDir, warehouses, notes });
  say(
    `Basecamp is ready: ${url}`,
    ...factLines([
      ['Data folder', visibleLine(dataDir)],
      ...warehouses.map(
        ({ name, type, place }) => ['Warehouse', visibleLine(`${name} (${type}) in ${place}`)] as const,
      ),
      ['Schedules', schedules],
    ]),
    ...notes.map(visibleLine),
    'Stop with Ctrl-C.',
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Says what closing waits for. The server is asked as anybody would ask it; one that does not answer at once is closed all the same. */
async function closingLine(url: string): Promise<string> {
  const { BasecampClient } = await import('../../client/basecamp-client.ts');
  const client = new BasecampClient({ url });
  const running = await client.system.health(undefined, { signal: AbortSignal.timeout(500) }).then(
    ({ runs }) => runs.RUNNING,
    () => undefined,
  );
  const hard = 'Ctrl-C again stops at once.';
  if (running === 0) return `Stopping. ${hard}`;
  const what = running === undefined ? 'runs' : `${running} run${running === 1 ? '' : 's'}`;
  return `Stopping: waiting until the queries of ${what} are cancelled; they go on at the next start. ${hard}`;
}
