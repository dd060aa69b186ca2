import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BasecampClient } from '../../src/client/basecamp-client.ts';
import { childPidOf, untilGone } from './child-pids.ts';
import { type DliProcess, type ProcessEnd, type Program, startDli } from './dli-process.ts';

/** A server that was started here and says that it is ready. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly client: BasecampClient;
  readonly ended: Promise<ProcessEnd>;
  /** SIGKILL; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves with how it ended. */
  readonly terminate: () => Promise<ProcessEnd>;
}

/** A folder of its own with a data folder that outlives its servers, and everything that was started in it. */
export class Sandbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'dli-crash-'));
  readonly dataDir = join(this.folder, 'data');
  readonly #started = new Set<DliProcess>();
  readonly #orphans = new Set<number>();
  readonly #config: readonly string[] = [];
  readonly #program: Program;

  /** `config` is the text of a `basecamp.yaml`. */
  constructor(config?: string, program: Program = {}) {
    this.#program = program;
    if (config === undefined) return;
    const file = join(this.folder, 'basecamp.yaml');
    writeFileSync(file, config);
    this.#config = ['--config', file];
  }

  /** Starts the command line in this folder. */
  dli(args: readonly string[], options: { readonly fileBlocks?: number | undefined } = {}): DliProcess {
    const started = startDli(args, { cwd: this.folder, ...this.#program, ...options });
    this.#started.add(started);
    void started.ended.then(() => this.#started.delete(started));
    return started;
  }

  /** Starts a server on the data folder, on a free port, without waiting until it is ready. */
  startingServer(options: { readonly fileBlocks?: number | undefined } = {}): DliProcess {
    return this.dli(['server', 'start', '--port', '0', '--data', this.dataDir, ...this.#config], options);
  }

  /** Starts a server on the data folder and waits until it is ready. */
  async startServer(options: { readonly fileBlocks?: number | undefined } = {}): Promise<ServerProcess> {
    return this.ready(this.startingServer(options));
  }

  /** Waits until a server that was started is ready. */
  async ready(server: DliProcess): Promise<ServerProcess> {
    const [, url = ''] = await server.says(/Basecamp is ready: (http\S+)/);
    return {
      url,
      pid: server.pid,
      client: new BasecampClient({ url, actor: 'crash-test' }),
      ended: server.ended,
      kill: () => this.kill(server),
      terminate: () => {
        server.signal('SIGTERM');
        return server.ended;
      },
    };
  }

  /** SIGKILLs a server and remembers its children, which have to go by themselves. */
  async kill(server: DliProcess | ServerProcess): Promise<void> {
    await this.#noteChildren(server.pid);
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
  }

  /** Ends what is left, waits until no child has outlived its server, and removes the folder. */
  async dispose(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends what is left and waits until no child has outlived its server; the folder stays, for whoever wants to look. */
  async end(): Promise<void> {
    const left = [...this.#started];
    for (const { pid } of left) await this.#noteChildren(pid);
    for (const { signal } of left) signal('SIGKILL');
    await Promise.all(left.map(({ ended }) => ended));
    await Promise.all([...this.#orphans].map(untilGone));
  }

  async #noteChildren(pid: number): Promise<void> {
    for (const child of ['warehouse', 'compiler'] as const) {
      const orphan = await childPidOf(pid, child);
      if (orphan !== undefined) this.#orphans.add(orphan);
    }
  }
}
