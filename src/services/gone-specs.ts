import { existsSync } from 'node:fs';
import { type DeletionLimit, describeLimit, exceedsLimit } from '../core/deletion-guard.ts';
import { fileOf, labelOf, type SpecSource } from '../spec-store/spec-source.ts';
import { deleteSpecFile, type SpecFileRecord, specFilesOfDataset } from '../store/queries/spec-files.ts';
import { dropRegistration, type SourceChange } from './apply-registration.ts';
import { heldSignature } from './changed-files.ts';
import type { ServiceParts } from './parts.ts';
import { markBroken, tellMended } from './spec-marks.ts';

/** Datasets that are a transaction each and share commits; and files that are forgotten in one transaction. */
const datasetsAtOnce = 50;
const filesAtOnce = 500;

/** What a look at a source says about what is no longer there. */
export interface GoneSpecs {
  readonly source: SpecSource;
  readonly change: Omit<SourceChange, 'now'>;
  /** What is known of the source's files from before the look. */
  readonly known: ReadonlyMap<string, SpecFileRecord>;
  /** Paths that are there. */
  readonly present: ReadonlySet<string>;
  /** How many datasets the source has. */
  readonly registered: number;
  /** Those of them that no file defines any more. */
  readonly missing: readonly string[];
  /** Those of the missing whose file defines another dataset now: they go when that comes. */
  readonly replaced: ReadonlySet<string>;
  /** Why nothing that is gone is believed to be gone; null when it is. */
  readonly doubt: string | null;
  /** How much may go at once; undefined when whoever removed it was asked already. */
  readonly limit: DeletionLimit | undefined;
}

/** A dataset that stays in force although its file is gone. */
export interface HeldSpec {
  readonly dataset: string;
  readonly reason: string;
}

/** What became of them. */
export interface GoneResult {
  readonly removed: readonly string[];
  /** Kept in force although their files are gone, and why. */
  readonly held: readonly HeldSpec[];
}

/** Forgets the datasets that a source no longer has; where that is in doubt, they stay in force and say so. */
export async function forgetGone(parts: ServiceParts, gone: GoneSpecs): Promise<GoneResult> {
  const { known, present, missing, replaced } = gone;
  const files = [...known.values()].filter(({ path }) => !present.has(path));
  const filesOf = Map.groupBy(files, ({ dataset }) => dataset);
  const held = heldOf(gone, filesOf);
  const removed: string[] = [];
  await inBatches(missing, async (dataset) => {
    const doubt = held.get(dataset);
    if (doubt) await hold(parts, gone, { dataset, file: filesOf.get(dataset)?.[0], ...doubt });
    else if (!replaced.has(dataset) && (await forget(parts, gone, dataset))) removed.push(dataset);
  });
  const settled = new Set(missing);
  await forgetFiles(
    parts,
    gone,
    files.filter(({ dataset }) => dataset === null || !settled.has(dataset)),
  );
  return { removed, held: [...held].map(([dataset, { doubt: reason }]) => ({ dataset, reason })) };
}

interface Doubt {
  readonly doubt: string;
  /** It lasts until the file is back or its removal is accepted, whatever else comes and goes. */
  readonly lasts: boolean;
}

function heldOf(
  { missing, registered, doubt, limit }: GoneSpecs,
  filesOf: ReadonlyMap<string | null, readonly SpecFileRecord[]>,
): ReadonlyMap<string, Doubt> {
  if (doubt !== null) return new Map(missing.map((dataset) => [dataset, { doubt, lasts: false }]));
  if (!limit) return new Map();
  const isTooMuch = exceedsLimit(limit, { removed: missing.length, total: registered });
  const isHeld = (dataset: string) =>
    filesOf.get(dataset)?.some(({ signature }) => signature === heldSignature) ?? false;
  const tooMuch = `${describeLimit(limit)} of all went at once; if that is meant: dli workflow sync --accept-deletions`;
  return new Map(
    missing
      .filter((dataset) => isTooMuch || isHeld(dataset))
      .map((dataset) => [dataset, { doubt: tooMuch, lasts: true }]),
  );
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
  for (let from = 0; from < files.length; from += filesAtOnce) {
    await database.write((transaction) => {
      for (const file of files.slice(from, from + filesAtOnce)) {
        deleteSpecFile(transaction, file.sourceType, file.path);
        if (file.error !== null) tellMended(transaction, { file, change: { ...change, now: clock.now() } });
      }
    });
  }
}

/** A file that says something else now has no record of its own for what it defined before: that gets one without a file. */
async function hold(
  { database, clock }: ServiceParts,
  { source, change }: GoneSpecs,
  { dataset, file, doubt, lasts }: Doubt & { readonly dataset: string; readonly file: SpecFileRecord | undefined },
): Promise<void> {
  const nowhere = { digest: '', sqlFiles: [], signature: '', error: null };
  const before = file ?? { ...nowhere, sourceType: source.sourceType, path: `${dataset} (gone)`, dataset };
  const record = lasts ? { ...before, signature: heldSignature } : before;
  const label = file ? labelOf(source, file.path) : `the ${source.sourceType} file of ${dataset}`;
  const text = `${label} is gone, and its last spec stays in force: ${doubt}`;
  if (file?.error === text && file.signature === record.signature) return;
  await database.write((transaction) =>
    markBroken(transaction, {
      record,
      text,
      change: { ...change, now: clock.now() },
      data: { file: label, code: 'DLI-813', problems: [] },
    }),
  );
}

async function inBatches<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += datasetsAtOnce)
    await Promise.all(items.slice(from, from + datasetsAtOnce).map(work));
}
