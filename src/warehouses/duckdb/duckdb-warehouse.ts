import { dirname, join } from 'node:path';
import { ChildLostError, ChildProcess } from '../../child/child-process.ts';
import { childEntry } from '../../child/entry.ts';
import { DliError } from '../../contract/errors.ts';
import { boundText } from '../bounded-text.ts';
import type {
  AttemptObserver,
  AttemptOutcome,
  AttemptWork,
  BoundStatement,
  CancelReason,
  ExecuteOptions,
  Preview,
  Warehouse,
} from '../warehouse.ts';
import { callBounded } from './bounded-call.ts';
import type {
  AllowInput,
  AttemptNotice,
  CancelInput,
  ChildOutcome,
  DuckdbConfig,
  ExecuteInput,
  ParseInput,
} from './child-protocol.ts';
import { locateDataset } from './dataset-table.ts';

/** How a DuckDB warehouse is opened. Paths are absolute. */
export interface DuckdbOptions {
  readonly name: string;
  /** File of each configured catalog; the folder of a file is created. */
  readonly catalogs: Readonly<Record<string, string>>;
  /** Where the file of a catalog that is not configured is created, as `<catalog>.duckdb`. */
  readonly catalogFolder: string;
  /** Runs whenever the files are opened, before the lock; its relative paths refer to `cwd`. */
  readonly initSql?: string | undefined;
  /** The folder that relative paths in SQL refer to. */
  readonly cwd: string;
  readonly allowedDirectories: readonly string[];
  /** As DuckDB writes it, such as `2GB`. */
  readonly memoryLimit: string;
  readonly threads: number;
  /** Attempts that may be at work at once; more wait for one of them, without a reason that anybody is told. */
  readonly maxConcurrentRuns: number;
  /** Where DuckDB spills to. @default `tmp/<name>` beside `catalogFolder` */
  readonly tempFolder?: string | undefined;
  /** How long a cancelled attempt may take before its process is ended. @default 10_000 */
  readonly cancelGraceMs?: number | undefined;
  /** How long after the last attempt the files are closed. @default 5_000 */
  readonly idleCloseMs?: number | undefined;
  /** How long a run waits for a moment in which its new catalog can be added; less than `cancelGraceMs`. @default 5_000 */
  readonly catalogWaitMs?: number | undefined;
  /** How long a preview, a bind or a parse may take. @default 30_000 */
  readonly answerMs?: number | undefined;
  /** Where the warehouse reports what belongs to no attempt. */
  readonly logger?: { info(line: string): void } | undefined;
}

/**
 * Threads that wait for DuckDB beside those of the attempts, for previews, dry runs and parses. Each statement holds one of Node's from
 * its beginning to its end, so with Node's four a fifth long one would wait for hours, and nobody would be told why.
 */
const spareThreads = 4;

// A registration waits for it.
const prepareMs = 2_000;

/** Opens an embedded DuckDB warehouse. Its process starts when it is first needed and again after it died. */
export function openDuckdbWarehouse(options: DuckdbOptions): DuckdbWarehouse {
  return new DuckdbWarehouse(options);
}

/** The server's side of the warehouse process: starts it, passes work on, ends it, and tells what its death means. */
export class DuckdbWarehouse implements Warehouse {
  readonly dialect = 'duckdb';
  readonly #options: DuckdbOptions;
  #child: ChildProcess | undefined;
  /** Children that this side ended: what was in them is lost by our own doing. */
  readonly #ended = new WeakSet<ChildProcess>();
  /** The calls of the attempts at work, by run uid. */
  readonly #attempts = new Map<string, number>();
  #lastCall = 0;
  #closed = false;

  constructor(options: DuckdbOptions) {
    this.#options = options;
  }

  refusalOf(dataset: string): string | undefined {
    const table = locateDataset(dataset);
    return 'refusal' in table ? table.refusal : undefined;
  }

  get name(): string {
    return this.#options.name;
  }

  /** The warehouse process's id, while it runs. */
  get pid(): number | undefined {
    return this.#child?.isRunning ? this.#child.pid : undefined;
  }

  async execute(work: AttemptWork, { observer, signal, mayCommit, after }: ExecuteOptions): Promise<AttemptOutcome> {
    if (this.#closed) return { kind: 'unavailable', reason: `warehouse ${this.name} is closed` };
    const child = await this.#running();
    const id = ++this.#lastCall;
    const stopCancelling = this.#cancelOnAbort(child, id, signal);
    try {
      const first = after === undefined ? undefined : this.#attempts.get(after);
      this.#attempts.set(work.runUid, id);
      const input: ExecuteInput = { id, work, gated: mayCommit !== undefined, after: first };
      const ended = child.call<ChildOutcome>('execute', input, (notice: AttemptNotice) => report(notice, observer));
      // A permit that never comes leaves the attempt waiting until it is cancelled.
      void mayCommit?.then(() => child.tell('allow', { id } satisfies AllowInput));
      return await ended;
    } catch (error) {
      if (error instanceof ChildLostError)
        return { kind: 'lost', reason: lostReason(error), ours: this.#ended.has(child) };
      return { kind: 'lost', reason: boundText(String(error)), ours: false };
    } finally {
      stopCancelling();
      if (this.#attempts.get(work.runUid) === id) this.#attempts.delete(work.runUid);
    }
  }

  async parse(work: ParseInput): Promise<void> {
    await this.#ask('parse', work);
  }

  async prepare(dataset: string): Promise<void> {
    try {
      await this.#ask('prepare', { dataset }, AbortSignal.timeout(prepareMs));
    } catch (error) {
      if (!(error instanceof DliError)) throw error;
      this.#options.logger?.info(`${dataset}: its catalog is added by its first run. ${error.message}`);
    }
  }

  async bind(work: Parameters<Warehouse['bind']>[0], signal?: AbortSignal): Promise<readonly BoundStatement[]> {
    return this.#ask<readonly BoundStatement[]>('bind', work, signal);
  }

  async preview(dataset: string, limit: number, signal?: AbortSignal): Promise<Preview> {
    return this.#ask<Preview>('preview', { dataset, limit }, signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    if (!child) return;
    const grace = setTimeout(() => void this.#end(child), this.#graceMs);
    // Answered when the files are closed; a child that died has let go of them too.
    await child.call('close', null).catch(() => undefined);
    clearTimeout(grace);
    await this.#end(child);
  }

  get #graceMs(): number {
    return this.#options.cancelGraceMs ?? 10_000;
  }

  async #ask<Result>(method: string, input: object, signal?: AbortSignal): Promise<Result> {
    if (this.#closed) throw new DliError('DLI-816', `Warehouse ${this.name} is closed`);
    const child = await this.#running();
    try {
      const id = ++this.#lastCall;
      const { answerMs: deadlineMs = 30_000 } = this.#options;
      return await callBounded<Result>(child, { id, method, input, warehouse: this.name, deadlineMs, signal });
    } catch (error) {
      if (!(error instanceof ChildLostError)) throw error;
      throw new DliError('DLI-816', `Warehouse ${this.name}: ${lostReason(error)}`, { cause: error });
    }
  }

  async #running(): Promise<ChildProcess> {
    if (this.#child?.isRunning && !this.#ended.has(this.#child)) return this.#child;
    // A file's lock is free only when the process that held it is gone.
    await this.#child?.ended;
    if (this.#child?.isRunning) return this.#child;
    const { cwd, logger, maxConcurrentRuns } = this.#options;
    const child = new ChildProcess(
      childEntry(import.meta.url, { source: './duckdb-child.ts', built: './duckdb-child.js' }),
      { cwd, env: { UV_THREADPOOL_SIZE: String(maxConcurrentRuns + spareThreads) } },
    );
    this.#child = child;
    // Answered never; ends when the child does.
    child.call('configure', configOf(this.#options), (line: string) => logger?.info(line)).catch(() => undefined);
    return child;
  }

  #cancelOnAbort(child: ChildProcess, id: number, signal: AbortSignal): () => void {
    let grace: NodeJS.Timeout | undefined;
    const cancel = () => {
      child.tell('cancel', { id, reason: signal.reason as CancelReason } satisfies CancelInput);
      grace = setTimeout(() => void this.#end(child), this.#graceMs);
    };
    // The call that starts the attempt is sent right after this, so the cancel follows it.
    if (signal.aborted) queueMicrotask(cancel);
    else signal.addEventListener('abort', cancel, { once: true });
    return () => {
      signal.removeEventListener('abort', cancel);
      clearTimeout(grace);
    };
  }

  async #end(child: ChildProcess): Promise<void> {
    if (child.isRunning) this.#ended.add(child);
    await child.kill();
  }
}

function configOf(options: DuckdbOptions): DuckdbConfig {
  const { catalogs, catalogFolder, initSql, allowedDirectories, memoryLimit, threads } = options;
  const { idleCloseMs = 5_000, catalogWaitMs = 5_000 } = options;
  const tempFolder = options.tempFolder ?? join(dirname(catalogFolder), 'tmp', options.name);
  return {
    catalogs,
    catalogFolder,
    tempFolder,
    initSql,
    allowedDirectories,
    memoryLimit,
    threads,
    idleCloseMs,
    catalogWaitMs,
  };
}

function report({ lines, published, postDone }: AttemptNotice, observer: AttemptObserver): void {
  for (const line of lines) observer.log(line);
  if (published) observer.published();
  if (postDone !== undefined) observer.postDone(postDone);
}

function lostReason({ exit }: ChildLostError): string {
  const last = exit.stderr.trim().split('\n').at(-1)?.trim();
  return `the warehouse process ended (${exit.description}${last ? `: ${boundText(last)}` : ''})`;
}
