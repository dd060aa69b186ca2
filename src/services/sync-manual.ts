import { DliError } from '../contract/errors.ts';
import { parseSpec } from '../spec/parse.ts';
import { revisionOf } from '../spec/revision.ts';
import type { StoredSpec } from '../spec-store/directory.ts';
import { appendEvent } from '../store/queries/events.ts';
import { deleteRegistration, storedFiles } from '../store/queries/registrations.ts';
import type { ServiceParts } from './parts.ts';
import { applyRegistration } from './registration.ts';

const actor = 'sync';

/** A file of the spec store that could not be taken over; the last good revision keeps running. */
export interface BrokenFile {
  readonly dataset: string;
  readonly error: unknown;
}

/**
 * Makes the database follow the files under `manual/`: what changed while no server looked is parsed and checked, what is
 * gone is unregistered. A file that did not change is only digested. Called before the first request.
 */
export async function syncManual(parts: ServiceParts): Promise<readonly BrokenFile[]> {
  const known = storedFiles(parts.database, 'manual');
  const broken: BrokenFile[] = [];
  const present = new Set<string>();
  for (const file of parts.specDirectory.readManual()) {
    present.add(file.dataset);
    if (known.get(file.dataset) === file.digest) continue;
    try {
      await takeOver(parts, file, known.has(file.dataset));
    } catch (error) {
      broken.push({ dataset: file.dataset, error });
    }
  }
  for (const dataset of known.keys()) if (!present.has(dataset)) await forget(parts, dataset);
  return broken;
}

async function takeOver(parts: ServiceParts, { dataset, text, digest }: StoredSpec, isKnown: boolean): Promise<void> {
  const spec = parseSpec({ text, file: `manual/${dataset}.yaml` });
  if (spec.name !== dataset) {
    throw new DliError('DLI-801', `manual/${dataset}.yaml defines '${spec.name}', not '${dataset}'`, {
      hints: ['A manual file is called like its dataset; use dli workflow register rather than copying files'],
    });
  }
  const dialect = parts.warehouses.get(spec.execution.warehouse)?.dialect ?? 'duckdb';
  const check = await parts.compiler.check({ spec, warehouseDialect: dialect, ...parts.templateValues });
  await parts.database.write((transaction) =>
    applyRegistration(transaction, {
      upload: { spec, revision: revisionOf(spec), check },
      fileDigest: digest,
      actor,
      kind: isKnown ? 'workflow.updated' : 'workflow.registered',
      now: parts.clock.now(),
    }),
  );
}

async function forget(parts: ServiceParts, dataset: string): Promise<void> {
  await parts.database.write((transaction) => {
    deleteRegistration(transaction, dataset, 'manual');
    appendEvent(transaction, {
      at: parts.clock.now(),
      kind: 'workflow.unregistered',
      dataset,
      runId: null,
      backfillId: null,
      actor,
      reason: 'its file is gone from the spec store',
      data: { source_type: 'manual' },
    });
  });
}
