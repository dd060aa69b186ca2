import { existsSync } from 'node:fs';
import { counted } from '../core/counted.ts';
import { type DeletionLimit, describeLimit, exceedsLimit } from '../core/deletion-guard.ts';
import { fileOf, labelOf, type SpecSource } from '../spec-store/spec-source.ts';
import { registeredDatasets } from '../store/queries/registrations.ts';
import { deleteSpecFile, type SpecFileRecord, specFilesOfDataset } from '../store/queries/spec-files.ts';
import { dropRegistration, type SourceChange } from './apply-registration.ts';
import type { ServiceParts } from './parts.ts';
import { markBroken, tellMended } from './spec-marks.ts';

/** What a look at a source says about what is no longer there. */
export interface GoneSpecs {
  readonly source: SpecSource;
  readonly change: Omit<SourceChange, 'now'>;
  /** What is known of the source's files from before the look. */
  readonly known: ReadonlyMap<string, SpecFileRecord>;
  /** Paths that are there. */
  readonly present: ReadonlySet<string>;
  /** Datasets that some file that is there defines, or that a broken one of them belongs to. */
  readonly claimed: ReadonlySet<string>;
  /** Why nothing that is gone is believed to be gone; null when it is. */
  readonly doubt: string | null;
  /** How much may go at once; undefined when whoever removed it was asked already. */
  readonly limit: DeletionLimit | undefined;
}

/** What became of them. */
export interface GoneResult {
  readonly removed: readonly string[];
  /** Kept in force although their files are gone. */
  readonly held: readonly string[];
}

/** Forgets the datasets that a source no longer has; where that is in doubt, they stay in force and say so. */
export async function forgetGone(parts: ServiceParts, gone: GoneSpecs): Promise<GoneResult> {
  const { source, claimed, known, present } = gone;
  const registered = [...registeredDatasets(parts.database, source.sourceType)];
  const missing = registered.filter((dataset) => !claimed.has(dataset));
  const files = [...known.values()].filter(({ path }) => !present.has(path));
  const filesOf = Map.groupBy(files, ({ dataset }) => dataset);
  const doubt = doubtOf(gone, { missing: missing.length, registered: registered.length });
  const held = doubt === null ? [] : missing;
  const removed: string[] = [];
  for (const dataset of missing) {
    const its = filesOf.get(dataset) ?? [];
    if (doubt !== null) await hold(parts, gone, { dataset, file: its[0], doubt });
    else if (await forget(parts, gone, dataset)) removed.push(dataset);
  }
  const settled = new Set(missing);
  await forgetFiles(
    parts,
    gone,
    files.filter(({ dataset }) => dataset === null || !settled.has(dataset)),
  );
  return { removed, held };
}

function doubtOf(
  { doubt, limit }: GoneSpecs,
  { missing, registered }: { readonly missing: number; readonly registered: number },
): string | null {
  if (doubt !== null || !limit || !exceedsLimit(limit, { removed: missing, total: registered })) return doubt;
  return `${missing} of ${counted(registered, 'code spec')} would go at once, which is ${describeLimit(limit)}; if that is meant: dli workflow sync --accept-deletions`;
}

/** Since the folder was read, the dataset may have been registered, or its file put back: what is known now is asked. */
async function forget(parts: ServiceParts, { source, change, present }: GoneSpecs, dataset: string): Promise<boolean> {
  await parts.scheduler.settle(dataset);
  return parts.database.write((transaction) => {
    // A file that was there, and defines something else now, has been looked into.
    const files = specFilesOfDataset(transaction, dataset).filter(
      ({ sourceType, path }) => sourceType === source.sourceType && !present.has(path),
    );
    if (files.some(({ path }) => existsSync(fileOf(source, path)))) return false;
    const isRemoved = dropRegistration(transaction, parts, {
      ...change,
      reason: change.reason ?? 'its file is gone from the spec store',
      dataset,
      now: parts.clock.now(),
    });
    for (const { path } of files) deleteSpecFile(transaction, source.sourceType, path);
    return isRemoved;
  });
}

/** Forgets files that are gone and of which nothing is left in force; of one that was broken, that is told. */
async function forgetFiles(
  { database, clock }: ServiceParts,
  { change }: GoneSpecs,
  files: readonly SpecFileRecord[],
): Promise<void> {
  if (files.length === 0) return;
  await database.write((transaction) => {
    for (const file of files) {
      deleteSpecFile(transaction, file.sourceType, file.path);
      if (file.error !== null) tellMended(transaction, { file, change: { ...change, now: clock.now() } });
    }
  });
}

/** A file that says something else now has no row of its own for what it defined before: that gets one without a file. */
function hold(
  { database, clock }: ServiceParts,
  { source, change }: GoneSpecs,
  {
    dataset,
    file,
    doubt,
  }: { readonly dataset: string; readonly file: SpecFileRecord | undefined; readonly doubt: string },
): Promise<void> {
  const nowhere = { digest: '', sqlFiles: [], signature: '', error: null };
  const record = file ?? { ...nowhere, sourceType: source.sourceType, path: `${dataset} (gone)`, dataset };
  const label = file ? labelOf(source, file.path) : `the ${source.sourceType} file of ${dataset}`;
  const text = `${label} is gone, and its last spec stays in force: ${doubt}`;
  return database.write((transaction) =>
    markBroken(transaction, {
      record,
      text,
      change: { ...change, now: clock.now() },
      data: { file: label, code: 'DLI-813', problems: [] },
    }),
  );
}
