import { setTimeout } from 'node:timers/promises';
import { DliError } from '../contract/errors.ts';
import type { SourceType } from '../contract/fields.ts';
import type { DeletionLimit } from '../core/deletion-guard.ts';
import { labelOf, type SpecListing, type SpecSource } from '../spec-store/spec-source.ts';
import { registeredDatasets } from '../store/queries/registrations.ts';
import { type SpecFileRecord, saveSpecFileLook, specFilesOf } from '../store/queries/spec-files.ts';
import type { Queries } from '../store/sqlite.ts';
import type { SourceChange } from './apply-registration.ts';
import { type ChangedFiles, findChanged } from './changed-files.ts';
import type { CheckedSpec } from './checked-spec.ts';
import { type ExaminedFile, examineFile } from './examine-file.ts';
import { forgetGone, type HeldSpec } from './gone-specs.ts';
import { claimedBy, doubtfulFile, doubtfulFolder, judgeDuplicates, judgeNames, type Look } from './judge-files.ts';
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
  readonly held: readonly HeldSpec[];
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
  /** Check broken files again although nothing has changed at all. @default true */
  readonly rechecks?: boolean;
  /** Keep what files look like, so that they are not read again. @default true */
  readonly savesLooks?: boolean;
  /** What was checked already, by path. @default nothing */
  readonly prepared?: ReadonlyMap<string, CheckedSpec>;
  /** Ends the look after the files at hand. What is not looked at then is as it was. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the state follow a source of the spec store: what changed is parsed and checked, what is gone is unregistered. Each
 * dataset is a transaction of its own, so that a bad file never affects another one. One look at a time.
 *
 * @throws DLI-505 when the folder itself cannot be read; then nothing was changed; and the signal's reason
 */
export async function syncSource(parts: ServiceParts, source: SpecSource, request: SyncRequest): Promise<SyncReport> {
  const { settleMs, rechecks = true, savesLooks = true, signal } = request;
  const listing = listOf(source);
  const registered = registeredDatasets(parts.database, source.sourceType);
  const known = knownFiles(parts.database, source.sourceType, registered);
  const files = await findChanged(source, { paths: listing.paths, known, settleMs, rechecks });
  const look = {
    source,
    known,
    files,
    examined: await examineAll(parts, { source, known, registered, request }, files),
  };
  const single = judgeDuplicates(look);
  const claimed = claimedBy({ known, files, examined: single });
  const missing = [...registered].filter((dataset) => !claimed.has(dataset));
  const judged = { ...look, examined: judgeNames(parts.database, { examined: single, missing: new Set(missing) }) };
  const change = { ...request.change, sourceType: source.sourceType };
  const isMoving = missing.length > 0 && (await isStillMoving(source, { listing, files, settleMs }));
  const replaced = replacedBy(judged, new Set(missing));
  const gone = isMoving
    ? { removed: [], held: [] }
    : await forgetGone(parts, {
        source,
        change,
        known,
        present: new Set(listing.paths),
        registered: registered.size,
        missing,
        replaced: new Set(replaced.values()),
        doubt: doubtfulFolder(source, listing) ?? (request.limit ? doubtfulFile(judged, registered) : null),
        limit: request.limit,
      });
  const mayLeave = isMoving || gone.held.length > 0 ? new Map<string, string>() : replaced;
  const taken = await takeOverAll(parts, { source, change, judged: judged.examined, leaves: mayLeave, signal });
  if (savesLooks) await saveLooks(parts, files.touched);
  return {
    sourceType: source.sourceType,
    ...taken,
    broken: [...taken.broken, ...stillBroken(source, files.stillBroken)],
    removed: [...gone.removed, ...taken.left],
    held: gone.held,
    unchanged:
      taken.unchanged + [...files.unchanged, ...files.touched].filter(({ dataset }) => dataset !== null).length,
    busy: [
      ...files.busy.map((path) => labelOf(source, path)),
      ...taken.busy,
      ...(isMoving ? missing.map((dataset) => `the ${source.sourceType} file of ${dataset}`) : []),
    ],
    folders: listing.folders,
  };
}

function listOf(source: SpecSource): SpecListing {
  try {
    return source.list();
  } catch (cause) {
    throw new DliError('DLI-505', `${source.root} cannot be read, so nothing was changed: ${messageOf(cause)}`, {
      hints: ['Is it mounted, and may the server read it? It is looked at again'],
      cause,
    });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Files that are moved are gone from one place before they are in the other: what is gone is believed when nothing is being
 * written, and a second list shows the same files.
 */
async function isStillMoving(
  source: SpecSource,
  {
    listing,
    files,
    settleMs,
  }: { readonly listing: SpecListing; readonly files: ChangedFiles; readonly settleMs: number },
): Promise<boolean> {
  if (files.busy.length > 0) return true;
  if (settleMs === 0) return false;
  await setTimeout(settleMs);
  return listOf(source).paths.join('\n') !== listing.paths.join('\n');
}

/** Files that define another dataset now than before, where nothing else defines that one, by path. */
function replacedBy({ known, examined }: Look, missing: ReadonlySet<string>): ReadonlyMap<string, string> {
  const found = examined.flatMap(({ path, found: { kind } }) => {
    const before = known.get(path)?.dataset ?? null;
    return kind === 'good' && before !== null && missing.has(before) ? [[path, before] as const] : [];
  });
  return new Map(found);
}

function stillBroken(source: SpecSource, files: readonly SpecFileRecord[]): readonly BrokenFile[] {
  return files.map(({ path, dataset, error }) => ({ file: labelOf(source, path), dataset, error: error ?? '' }));
}

/** What is known of the files; nothing of those whose registration is lost, so that they are read again. */
function knownFiles(
  queries: Queries,
  sourceType: SourceType,
  registered: ReadonlySet<string>,
): ReadonlyMap<string, SpecFileRecord> {
  const isLost = ({ dataset, error }: SpecFileRecord) => dataset !== null && error === null && !registered.has(dataset);
  const files = new Map(specFilesOf(queries, sourceType));
  for (const [path, file] of files) if (isLost(file)) files.set(path, { ...file, signature: '', digest: '' });
  return files;
}

async function examineAll(
  parts: ServiceParts,
  {
    source,
    known,
    registered,
    request,
  }: {
    readonly source: SpecSource;
    readonly known: ReadonlyMap<string, SpecFileRecord>;
    readonly registered: ReadonlySet<string>;
    readonly request: SyncRequest;
  },
  { changed }: ChangedFiles,
): Promise<readonly ExaminedFile[]> {
  const examined: ExaminedFile[] = [];
  const left = changed.values();
  const work = async () => {
    for (const path of left) {
      if (request.signal?.aborted) return;
      const prepared = request.prepared?.get(path);
      const file = await examineFile(parts, source, { path, known: known.get(path), registered, prepared });
      examined.push(request.settleMs === 0 ? { ...file, signature: '' } : file);
    }
  };
  await Promise.all(Array.from({ length: checksAtOnce }, work));
  // What was not examined must not be taken for gone.
  request.signal?.throwIfAborted();
  return examined.sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function takeOverAll(
  parts: ServiceParts,
  {
    source,
    change,
    judged,
    leaves,
    signal,
  }: {
    readonly source: SpecSource;
    readonly change: Omit<SourceChange, 'now'>;
    readonly judged: readonly ExaminedFile[];
    /** Datasets that go with what comes, by path. */
    readonly leaves: ReadonlyMap<string, string>;
    readonly signal: AbortSignal | undefined;
  },
): Promise<
  Pick<SyncReport, 'added' | 'updated' | 'unchanged' | 'broken' | 'busy'> & { readonly left: readonly string[] }
> {
  const taken: { readonly file: ExaminedFile; readonly result: Taken }[] = [];
  for (let from = 0; from < judged.length; from += takenAtOnce) {
    signal?.throwIfAborted();
    const batch = judged.slice(from, from + takenAtOnce);
    const work = batch.map(async (file) => ({
      file,
      result: await takeOver(parts, { source, file, change, leaves: leaves.get(file.path) }),
    }));
    taken.push(...(await Promise.all(work)));
  }
  const namesOf = (kind: Taken['kind']) =>
    taken.flatMap(({ file: { found }, result }) =>
      result.kind === kind && found.kind === 'good' ? [found.checked.spec.name] : [],
    );
  return {
    left: taken.flatMap(({ file, result }) =>
      result.kind === 'busy' || result.kind === 'broken' ? [] : (leaves.get(file.path) ?? []),
    ),
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
