import { setImmediate, setTimeout } from 'node:timers/promises';
import { digestNow, signatureOf } from '../spec-store/spec-file.ts';
import type { SpecSource } from '../spec-store/spec-source.ts';
import type { SpecFileRecord } from '../store/queries/spec-files.ts';

/** Files that are looked at before other work gets its turn: a look costs 5 to 10 µs, reading one 50. */
const looksAtOnce = 500;
const readsAtOnce = 100;

/** Stands in the record of a dataset that stays in force although its file is gone, until it is back or its removal is accepted. */
export const heldSignature = 'held';

/** What a look at the files of a source has found. */
export interface ChangedFiles {
  /** As they were: they are not read. */
  readonly unchanged: readonly SpecFileRecord[];
  /** As they were, and not in force. */
  readonly stillBroken: readonly SpecFileRecord[];
  /** New, changed, or to be checked again. */
  readonly changed: readonly string[];
  /** Their content is what it was; `signature` is what they look like now. */
  readonly touched: readonly SpecFileRecord[];
  /** Somebody is writing them at this moment: they are left for the next look. */
  readonly busy: readonly string[];
}

/** Finds the files that have to be read again. A file that still changes within `settleMs` is being written. */
export async function findChanged(
  source: SpecSource,
  {
    paths,
    known,
    settleMs,
    rechecks,
  }: {
    readonly paths: readonly string[];
    readonly known: ReadonlyMap<string, SpecFileRecord>;
    readonly settleMs: number;
    /** Check broken files again where nothing has changed at all: something outside of the files may have. */
    readonly rechecks: boolean;
  },
): Promise<ChangedFiles> {
  const unchanged: SpecFileRecord[] = [];
  const stillBroken: SpecFileRecord[] = [];
  const looks = new Map<string, string>();
  for (const [index, path] of paths.entries()) {
    if (index % looksAtOnce === looksAtOnce - 1) await setImmediate();
    const record = known.get(path);
    const signature = signatureOf(source, { path, sqlFiles: record?.sqlFiles ?? [] });
    if (!record || record.signature !== signature) looks.set(path, signature);
    else (record.error === null ? unchanged : stillBroken).push(record);
  }
  const isQuiet = looks.size === 0 && paths.length === [...known.values()].filter(isPresent).length;
  // Any change may mend another file: the one that defines the same, for example.
  if (rechecks || !isQuiet) for (const { path, signature } of stillBroken.splice(0)) looks.set(path, signature);
  const busy = await stillWritten(source, { looks, known, settleMs });
  const settled = [...looks.keys()].filter((path) => !busy.has(path));
  const { changed, touched } = await compareContent(source, { paths: settled, looks, known, settleMs });
  return { unchanged, stillBroken, changed, touched, busy: [...busy] };
}

/** What is held has a record and no file. */
function isPresent({ signature }: SpecFileRecord): boolean {
  return signature !== heldSignature;
}

/** Files that look different, by path, beside what is known of them. */
interface FirstLook {
  readonly looks: ReadonlyMap<string, string>;
  readonly known: ReadonlyMap<string, SpecFileRecord>;
  readonly settleMs: number;
}

/** A writer that truncates a file and fills it again leaves it half written for a moment. */
async function stillWritten(source: SpecSource, { looks, known, settleMs }: FirstLook): Promise<ReadonlySet<string>> {
  if (looks.size === 0 || settleMs === 0) return new Set();
  await setTimeout(settleMs);
  const busy = [...looks].filter(
    ([path, before]) => signatureOf(source, { path, sqlFiles: known.get(path)?.sqlFiles ?? [] }) !== before,
  );
  return new Set(busy.map(([path]) => path));
}

async function compareContent(
  source: SpecSource,
  { paths, looks, known, settleMs }: FirstLook & { readonly paths: readonly string[] },
): Promise<Pick<ChangedFiles, 'changed' | 'touched'>> {
  const changed: string[] = [];
  const touched: SpecFileRecord[] = [];
  for (const [index, path] of paths.entries()) {
    if (index % readsAtOnce === readsAtOnce - 1) await setImmediate();
    const record = known.get(path);
    if (!record || record.error !== null || digestNow(source, record) !== record.digest) changed.push(path);
    // Without a pause before the reading, a later change could leave the same look: times of files have a grain.
    else touched.push({ ...record, signature: settleMs === 0 ? '' : (looks.get(path) ?? '') });
  }
  return { changed, touched };
}
