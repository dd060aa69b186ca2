import type { SourceType } from '../contract/fields.ts';
import type { DeletionLimit } from '../core/deletion-guard.ts';
import { labelOf, type SpecSource } from '../spec-store/spec-source.ts';
import { registeredDatasets } from '../store/queries/registrations.ts';
import { type SpecFileRecord, saveSpecFileLook, specFilesOf } from '../store/queries/spec-files.ts';
import type { Queries } from '../store/sqlite.ts';
import type { SourceChange } from './apply-registration.ts';
import { findChanged } from './changed-files.ts';
import type { CheckedSpec } from './checked-spec.ts';
import { type ExaminedFile, examineFile } from './examine-file.ts';
import { forgetGone } from './gone-specs.ts';
import { claimedBy, doubtOf, judgeDuplicates } from './judge-files.ts';
import type { ServiceParts } from './parts.ts';
import { type Taken, takeOver } from './take-over.ts';

/** Files that are checked at once: while the compiler has one, the warehouse parses another. */
const checksAtOnce = 4;
/** Files whose looks are stored in one transaction. */
const savedAtOnce = 500;
/** Files that are taken over before other work gets its turn: each is a transaction, and they share commits. */
const takenAtOnce = 50;

/** A file of the spec store that is not in force; the last good revision keeps running. */
export interface BrokenFile {
  /** Such as `code/team/dataset.a.yaml`. */
  readonly file: string;
  readonly dataset: string | null;
  readonly error: string;
}

/** What a look at a source found; datasets by their names. */
export interface SyncReport {
  readonly sourceType: SourceType;
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
  /** Files that had not changed. */
  readonly unchanged: number;
  readonly broken: readonly BrokenFile[];
  /** Datasets whose files are gone and which stay in force. */
  readonly held: readonly string[];
  /** Files that somebody is writing at this moment. */
  readonly busy: readonly string[];
  /** The folders that were looked into. */
  readonly folders: readonly string[];
}

/** How a source is looked at. */
export interface SyncRequest {
  readonly change: Omit<SourceChange, 'now' | 'sourceType'>;
  /** How much may be gone at once; undefined when it is known to be meant. */
  readonly limit: DeletionLimit | undefined;
  /** How long a file has to stay as it is before it is read, ms. 0 leaves no trust in its times. */
  readonly settleMs: number;
  /** What was checked already, by path. @default nothing */
  readonly prepared?: ReadonlyMap<string, CheckedSpec>;
}

/**
 * Makes the state follow a source of the spec store: what changed is parsed and checked, what is gone is unregistered. Each
 * dataset is a transaction of its own, so that a bad file never affects another one. One look at a time.
 *
 * @throws what reading the folder itself throws; then nothing was changed
 */
export async function syncSource(parts: ServiceParts, source: SpecSource, request: SyncRequest): Promise<SyncReport> {
  const listing = source.list();
  const known = knownFiles(parts.database, source.sourceType);
  const files = await findChanged(source, { paths: listing.paths, known, settleMs: request.settleMs });
  const examined = await examineAll(parts, source, { paths: files.changed, known, request });
  const judged = judgeDuplicates(source, { files, examined });
  const change = { ...request.change, sourceType: source.sourceType };
  const gone = await forgetGone(parts, {
    source,
    change,
    known,
    present: new Set(listing.paths),
    claimed: claimedBy({ files, judged, known }),
    doubt: doubtOf(source, { listing, judged }),
    limit: request.limit,
  });
  const taken = await takeOverAll(parts, { source, change, judged });
  await saveLooks(parts, files.touched);
  return {
    sourceType: source.sourceType,
    ...taken,
    ...gone,
    unchanged:
      taken.unchanged + [...files.unchanged, ...files.touched].filter(({ dataset }) => dataset !== null).length,
    busy: [...files.busy.map((path) => labelOf(source, path)), ...taken.busy],
    folders: listing.folders,
  };
}

/** What is known of the files; nothing of those whose registration is lost, so that they are read again. */
function knownFiles(queries: Queries, sourceType: SourceType): ReadonlyMap<string, SpecFileRecord> {
  const registered = registeredDatasets(queries, sourceType);
  const isLost = ({ dataset, error }: SpecFileRecord) => dataset !== null && error === null && !registered.has(dataset);
  const files = [...specFilesOf(queries, sourceType)];
  return new Map(files.map(([path, file]) => [path, isLost(file) ? { ...file, signature: '', digest: '' } : file]));
}

async function examineAll(
  parts: ServiceParts,
  source: SpecSource,
  {
    paths,
    known,
    request,
  }: {
    readonly paths: readonly string[];
    readonly known: ReadonlyMap<string, SpecFileRecord>;
    readonly request: SyncRequest;
  },
): Promise<readonly ExaminedFile[]> {
  const examined: ExaminedFile[] = [];
  const left = paths.values();
  const work = async () => {
    for (const path of left) {
      const prepared = request.prepared?.get(path);
      const file = await examineFile(parts, source, { path, known: known.get(path), prepared });
      examined.push(request.settleMs === 0 ? { ...file, signature: '' } : file);
    }
  };
  await Promise.all(Array.from({ length: checksAtOnce }, work));
  return examined.sort((left, right) => (left.path < right.path ? -1 : 1));
}

async function takeOverAll(
  parts: ServiceParts,
  {
    source,
    change,
    judged,
  }: {
    readonly source: SpecSource;
    readonly change: Omit<SourceChange, 'now'>;
    readonly judged: readonly ExaminedFile[];
  },
): Promise<Pick<SyncReport, 'added' | 'updated' | 'unchanged' | 'broken' | 'busy'>> {
  const taken: { readonly file: ExaminedFile; readonly result: Taken }[] = [];
  for (let from = 0; from < judged.length; from += takenAtOnce) {
    const batch = judged.slice(from, from + takenAtOnce);
    const work = batch.map(async (file) => ({ file, result: await takeOver(parts, { source, file, change }) }));
    taken.push(...(await Promise.all(work)));
  }
  const namesOf = (kind: Taken['kind']) =>
    taken.flatMap(({ file: { found }, result }) =>
      result.kind === kind && found.kind === 'good' ? [found.checked.spec.name] : [],
    );
  return {
    added: namesOf('added'),
    updated: namesOf('updated'),
    unchanged: taken.filter(({ file, result }) => result.kind === 'unchanged' && file.found.kind === 'good').length,
    broken: taken.flatMap(({ file, result }) =>
      result.kind === 'broken'
        ? [{ file: labelOf(source, file.path), dataset: result.dataset, error: result.error }]
        : [],
    ),
    busy: taken.flatMap(({ file, result }) => (result.kind === 'busy' ? [labelOf(source, file.path)] : [])),
  };
}

/** A file that looks new and is what it was need not be read the next time. */
async function saveLooks({ database }: ServiceParts, touched: readonly SpecFileRecord[]): Promise<void> {
  const worthIt = touched.filter(({ signature }) => signature !== '');
  for (let from = 0; from < worthIt.length; from += savedAtOnce) {
    const batch = worthIt.slice(from, from + savedAtOnce);
    await database.write((transaction) => {
      for (const file of batch) saveSpecFileLook(transaction, file);
    });
  }
}
