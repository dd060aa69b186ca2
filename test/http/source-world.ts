import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SyncResult, WorkflowInfo } from '../../src/contract/workflows.ts';
import { CrashingDatabase, openUnsynced } from '../fakes/crashing-database.ts';
import type { Fuse } from '../fakes/fake-warehouse.ts';
import { Api, datedSpec } from './api.ts';
import type { Action, ExpectedRow } from './sources.ts';
import { crons } from './sources.ts';

/** A spec whose schedule has a cron; everything else is the same. */
export function cronSpec(name: string, cron: string, isEnabled = true): string {
  return datedSpec(name, `schedule: {cron: "${cron}", enabled: ${isEnabled}}`);
}

/** A server with files of code, in one of the two modes, to act upon. */
export class SourceWorld {
  readonly mode: 'deploy' | 'folder';
  api: Api;
  #boots = 1;
  /** What code has in `deploy` mode: every deploy brings all of it. */
  readonly #deployed = new Map<string, string>();

  constructor(mode: 'deploy' | 'folder') {
    this.mode = mode;
    this.api = new Api({ codeMode: mode });
    // Many runs are to be at work or to wait.
    this.api.warehouse.manual = true;
  }

  /** Puts specs into code and makes the server follow. */
  async putCode(specs: ReadonlyMap<string, string>): Promise<number | string> {
    for (const [dataset, text] of specs) this.#deployed.set(dataset, text);
    if (this.mode === 'deploy') return this.#deploy(false);
    mkdirSync(join(this.api.specsFolder, 'code'), { recursive: true });
    for (const [dataset, text] of specs) writeFileSync(this.#codeFile(dataset), text);
    await this.sync();
    return 200;
  }

  /** Breaks a dataset's file of code, or puts one there that is broken; only where people bring the files. */
  breakCode(dataset: string): Promise<number | string> {
    return this.putCode(new Map([[dataset, `name: ${dataset}\nnope: 1\n`]]));
  }

  /** Does an action to a dataset; tells the status of its answer, or the code of its refusal. */
  async act(action: Action, dataset: string, isEnabled: boolean): Promise<number | string> {
    const manual = { spec: cronSpec(dataset, crons.newManual, isEnabled) };
    if (action === 'register') return this.#send('POST', '/workflows/register', manual);
    if (action === 'update') return this.#send('PUT', `/workflows/${dataset}`, manual);
    if (action === 'unregister') return this.#send('DELETE', `/workflows/${dataset}`);
    if (action === 'deploy') {
      this.#deployed.set(dataset, cronSpec(dataset, crons.newCode, isEnabled));
      return this.#deploy(false);
    }
    if (action === 'remove') return this.#remove(dataset);
    if (action === 'restart') this.restart();
    await this.sync();
    return 200;
  }

  /** Opens the same state and the same folders as the next boot does; `fuse` says when that one dies. */
  restart(fuse?: Fuse): void {
    this.#boots += 1;
    const { file, specsFolder, clock, warehouse } = this.api;
    const database = fuse ? new CrashingDatabase(file, fuse) : openUnsynced(file);
    onTestFinished(() => database.close());
    const owner = `boot-${this.#boots}`;
    this.api = new Api({ file, database, specsFolder, clock, warehouse, codeMode: this.mode, owner });
  }

  /** Looks at the spec store, as a watch does after a change that is meant. */
  async sync(): Promise<SyncResult> {
    const response = await this.api.raw('POST', '/workflows/sync', { accept_deletions: true });
    return (await response.json()) as SyncResult;
  }

  /** The rows of a dataset in the list. */
  async rows(dataset: string): Promise<readonly ExpectedRow[]> {
    const response = await this.api.raw('GET', `/workflows?prefix=${dataset}`);
    const { items } = (await response.json()) as { readonly items: readonly WorkflowInfo[] };
    return items.map(({ source_type, status, next_run_at, spec_error }) => ({
      source_type,
      status,
      next_run_at,
      isWrong: spec_error !== null,
    }));
  }

  /** The cron in a dataset's manual file; null when there is no file. */
  manualCron(dataset: string): string | null {
    const file = join(this.api.specsFolder, 'manual', `${dataset}.yaml`);
    return existsSync(file) ? (/cron: "(?<cron>[^"]+)"/.exec(readFileSync(file, 'utf8'))?.groups?.cron ?? '') : null;
  }

  async #remove(dataset: string): Promise<number | string> {
    this.#deployed.delete(dataset);
    if (this.mode === 'deploy') return this.#deploy(true);
    rmSync(this.#codeFile(dataset), { force: true });
    await this.sync();
    return 200;
  }

  #deploy(prune: boolean): Promise<number | string> {
    const specs = [...this.#deployed].map(([dataset, spec]) => ({ file_name: `${dataset}.yaml`, spec, files: {} }));
    return this.#send('POST', '/workflows/deploy', { specs, prune, dry_run: false, allow_empty: true, commit: null });
  }

  async #send(method: string, path: string, body?: object): Promise<number | string> {
    const answer = await this.api.send(method, path, body);
    return answer.status < 300 ? answer.status : answer.body.code;
  }

  #codeFile(dataset: string): string {
    return join(this.api.specsFolder, 'code', `dataset.${dataset}.yaml`);
  }
}
