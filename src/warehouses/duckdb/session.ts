import { DliError } from '../../contract/errors.ts';
import type { DuckdbConfig } from './child-protocol.ts';
import { catalogFiles, type OpenFiles, openFiles, UnavailableError } from './open-files.ts';
import { readDuckdbError } from './sql-error.ts';

/*
 * Who may use the files when. States: closed → open → closed. Attempts hold leases. DuckDB attaches nothing once its
 * configuration is locked, so a new catalog needs the files closed and opened again, which is possible only while no attempt
 * runs. Who needs it waits for such a moment and then gives up; meanwhile the others get their leases as ever, so a long query
 * holds nobody up but the new catalog.
 * When the last lease has been given back for a while the files are closed, so that other programs can open them.
 */

/** The right to use the open files until `release`. */
export interface Lease {
  readonly files: OpenFiles;
  readonly release: () => void;
}

/** What waiting for a lease may be told, and how it is given up. */
export interface LeaseOptions {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Opens and closes the warehouse's files around the attempts that use them. */
export class Session {
  readonly #config: DuckdbConfig;
  readonly #log: (line: string) => void;
  #files: OpenFiles | undefined;
  #changing: Promise<void> | undefined;
  #active = 0;
  #ended = false;
  #idling: PromiseWithResolvers<void> | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(config: DuckdbConfig, log: (line: string) => void) {
    this.#config = config;
    this.#log = log;
  }

  /** Waits for the files with `catalog` in them. Undefined when `signal` aborts first. @throws UnavailableError, also when a new catalog waits too long */
  async lease(catalog: string, { signal, log }: LeaseOptions): Promise<Lease | undefined> {
    let patience: AbortSignal | undefined;
    while (!signal.aborted) {
      const files = this.#files;
      if (this.#changing !== undefined) await Promise.race([this.#changing, whenAborted(signal)]);
      else if (files?.catalogs.has(catalog)) return this.#grant(files);
      else if (files && this.#active > 0) {
        const waiting = `the new catalog ${catalog} is added when the running attempts have ended`;
        if (patience?.aborted) throw new UnavailableError(waiting);
        if (!patience) log(`waiting: ${waiting}`);
        patience ??= AbortSignal.timeout(this.#config.catalogWaitMs);
        await Promise.race([this.#idled(), whenAborted(signal), whenAborted(patience)]);
        // Only who asked for the catalog is told that it does not open.
      } else await Promise.race([this.#change(() => this.#reopen(catalog)), whenAborted(signal)]);
    }
    return undefined;
  }

  /** Runs `action` with the files open. @throws DLI-816 when they do not open, or `signal` aborts while waiting for them. */
  async use<Result>(
    { catalog, signal }: { readonly catalog: string; readonly signal: AbortSignal },
    action: (files: OpenFiles) => Promise<Result>,
  ): Promise<Result> {
    const lease = await this.lease(catalog, { signal, log: this.#log }).catch((error: unknown) => {
      if (error instanceof UnavailableError) throw new DliError('DLI-816', error.message, { cause: error });
      throw error;
    });
    if (!lease) throw new DliError('DLI-816', 'The files of the warehouse were waited for and given up');
    try {
      return await action(lease.files);
    } finally {
      lease.release();
    }
  }

  /** Tells whether a catalog exists, without creating it. */
  hasCatalog(catalog: string): boolean {
    return catalogFiles(this.#config, undefined).has(catalog);
  }

  /** Closes the files for good, once the attempts that use them have ended. */
  async close(): Promise<void> {
    while (this.#changing !== undefined) await this.#changing;
    this.#ended = true;
    await this.#change(() => this.#drainAndClose());
  }

  #grant(files: OpenFiles): Lease {
    clearTimeout(this.#idle);
    this.#active += 1;
    return { files, release: () => this.#release() };
  }

  #release(): void {
    this.#active -= 1;
    if (this.#active > 0) return;
    this.#idling?.resolve();
    this.#idling = undefined;
    const helpers = this.#files?.helpers;
    if (helpers?.areIdle && this.#changing === undefined) {
      this.#change(() => helpers.dismiss()).catch((error: unknown) => this.#log(readDuckdbError(error).message));
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#active > 0 || this.#changing !== undefined) return;
      this.#change(() => this.#close()).catch((error: unknown) =>
        this.#log(`closing the files: ${readDuckdbError(error).message}`),
      );
    }, this.#config.idleCloseMs);
  }

  /** Resolves when the last lease has been given back. */
  #idled(): Promise<void> {
    this.#idling ??= Promise.withResolvers<void>();
    return this.#idling.promise;
  }

  #change(action: () => Promise<void>): Promise<void> {
    const changing = action().finally(() => {
      this.#changing = undefined;
    });
    this.#changing = changing.catch(() => undefined);
    return changing;
  }

  async #reopen(catalog: string): Promise<void> {
    if (this.#ended) throw new UnavailableError('the warehouse is closing');
    clearTimeout(this.#idle);
    await this.#close();
    this.#files = await openFiles(this.#config, catalog);
    this.#log(`opened ${[...this.#files.catalogs].join(', ')}`);
  }

  async #drainAndClose(): Promise<void> {
    clearTimeout(this.#idle);
    if (this.#active > 0) await this.#idled();
    await this.#close();
  }

  async #close(): Promise<void> {
    const files = this.#files;
    if (!files) return;
    this.#files = undefined;
    await files.close();
    this.#log('closed the files');
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
