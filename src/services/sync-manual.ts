import { setImmediate } from 'node:timers/promises';
import { DliError } from '../contract/errors.ts';
import type { SyncResult } from '../contract/workflows.ts';
import { parseSpec } from '../spec/parse.ts';
import { revisionOf } from '../spec/revision.ts';
import type { StoredSpec } from '../spec-store/directory.ts';
import { watchSource } from '../store/notify.ts';
import { appendEvent } from '../store/queries/events.ts';
import { deleteRegistration, storedFiles } from '../store/queries/registrations.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { applyRegistration, warehouseOf } from './registration.ts';

/** Who acts when nobody asked for it. */
const itself = 'sync';

/** Files that are read (50 µs each) before other work gets its turn. */
const filesAtOnce = 100;

/** A file of the spec store that could not be taken over; the last good revision keeps running. */
export interface BrokenFile {
  readonly dataset: string;
  readonly error: unknown;
}

/** What a look at the files found. */
export interface SyncReport {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
  readonly broken: readonly BrokenFile[];
}

/**
 * Makes the database follow the files under `manual/`: what changed while no server looked is parsed and checked, what is
 * gone is unregistered. A file that did not change is only digested. Called before the first request. `actor` is who asked.
 */
export async function syncManual(parts: ServiceParts, actor = itself): Promise<SyncReport> {
  const known = storedFiles(parts.database, 'manual');
  const added: string[] = [];
  const updated: string[] = [];
  const broken: BrokenFile[] = [];
  let unchanged = 0;
  const removed: string[] = [];
  const present = new Set(parts.specDirectory.manualDatasets());
  let read = 0;
  for (const dataset of present) {
    read += 1;
    if (read % filesAtOnce === 0) await setImmediate();
    try {
      const file = parts.specDirectory.readManual(dataset);
      if (known.get(dataset) === file.digest) {
        unchanged += 1;
        continue;
      }
      await takeOver(parts, file, { isKnown: known.has(dataset), actor });
      (known.has(dataset) ? updated : added).push(dataset);
    } catch (error) {
      broken.push({ dataset, error });
    }
  }
  for (const dataset of known.keys()) {
    if (present.has(dataset)) continue;
    if (await forget(parts, dataset, actor)) removed.push(dataset);
  }
  return { added, updated, removed, unchanged, broken };
}

/** Looks at the spec store on request. */
export async function syncWorkflows(parts: ServiceParts, caller: Caller): Promise<SyncResult> {
  const { broken, added, updated, removed, unchanged } = await syncManual(parts, caller.actor);
  const errors = broken.map(({ dataset, error }) => ({
    dataset_name: dataset,
    error: error instanceof Error ? error.message : String(error),
  }));
  return { added: [...added], updated: [...updated], removed: [...removed], unchanged, broken: errors };
}

async function takeOver(
  parts: ServiceParts,
  { dataset, text, digest }: StoredSpec,
  { isKnown, actor }: { readonly isKnown: boolean; readonly actor: string },
): Promise<void> {
  const spec = parseSpec({ text, file: `manual/${dataset}.yaml` });
  if (spec.name !== dataset) {
    throw new DliError('DLI-801', `manual/${dataset}.yaml defines '${spec.name}', not '${dataset}'`, {
      hints: ['A manual file is called like its dataset; use dli workflow register rather than copying files'],
    });
  }
  const warehouseDialect = warehouseOf(parts, spec).dialect;
  const check = await parts.compiler.check({ spec, warehouseDialect, ...parts.templateValues });
  await parts.scheduler.settle(dataset, spec);
  await parts.database.write((transaction) =>
    applyRegistration(transaction, parts, {
      upload: { spec, revision: revisionOf(spec), check },
      fileDigest: digest,
      actor,
      kind: isKnown ? 'workflow.updated' : 'workflow.registered',
      now: parts.clock.now(),
    }),
  );
}

/** Forgets a registration whose file is gone. Since the folder was read, it may have been registered anew, or removed by others. */
async function forget(parts: ServiceParts, dataset: string, actor: string): Promise<boolean> {
  await parts.scheduler.settle(dataset);
  return parts.database.write((transaction) => {
    if (parts.specDirectory.hasManual(dataset)) return false;
    const at = parts.clock.now();
    const tellSource = watchSource(transaction, dataset);
    if (!deleteRegistration(transaction, dataset, 'manual')) return false;
    parts.scheduler.apply(transaction, dataset);
    appendEvent(transaction, {
      at,
      kind: 'workflow.unregistered',
      dataset,
      runId: null,
      backfillId: null,
      actor,
      reason: 'its file is gone from the spec store',
      data: { source_type: 'manual' },
    });
    tellSource({ actor, at });
    return true;
  });
}
