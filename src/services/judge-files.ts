import { DliError } from '../contract/errors.ts';
import { duplicateSpecs } from '../core/duplicate-specs.ts';
import { labelOf, type SpecListing, type SpecSource } from '../spec-store/spec-source.ts';
import { nameInOtherCase } from '../store/queries/registrations.ts';
import type { SpecFileRecord } from '../store/queries/spec-files.ts';
import type { Queries } from '../store/sqlite.ts';
import { takenInOtherCase } from './apply-registration.ts';
import type { ChangedFiles } from './changed-files.ts';
import type { ExaminedFile } from './examine-file.ts';

/** What a look has found in the files of a source. */
export interface Look {
  readonly source: SpecSource;
  readonly known: ReadonlyMap<string, SpecFileRecord>;
  readonly files: ChangedFiles;
  readonly examined: readonly ExaminedFile[];
}

/** Files that define what another one defines too are broken, also those that have not changed; the last good revision stays. */
export function judgeDuplicates({ source, known, files, examined }: Look): readonly ExaminedFile[] {
  const settled = [...files.unchanged, ...files.touched];
  const labelled = (path: string, dataset: string | null | undefined) =>
    typeof dataset === 'string' ? [{ path: labelOf(source, path), dataset }] : [];
  const good = examined.flatMap(({ path, found }) =>
    found.kind === 'good' ? labelled(path, found.checked.spec.name) : [],
  );
  const defined = [...settled.flatMap(({ path, dataset }) => labelled(path, dataset)), ...good];
  // What somebody writes or breaks at this moment is still what defines its dataset.
  const unreadable = [
    ...files.busy.flatMap((path) => labelled(path, known.get(path)?.dataset)),
    ...files.stillBroken.flatMap(({ path, dataset }) => labelled(path, dataset)),
    ...examined.flatMap(({ path, found }) => (found.kind === 'broken' ? labelled(path, known.get(path)?.dataset) : [])),
  ];
  const duplicates = duplicateSpecs([...defined, ...unreadable]);
  if (duplicates.size === 0) return examined;
  const datasetOf = new Map(defined.map(({ path, dataset }) => [path, dataset]));
  const judge = (file: Omit<ExaminedFile, 'found'>): readonly ExaminedFile[] => {
    const label = labelOf(source, file.path);
    const dataset = datasetOf.get(label);
    const message = duplicates.get(label);
    if (message === undefined || dataset === undefined) return [];
    const { path, digest, sqlFiles, signature } = file;
    const error = new DliError('DLI-813', message, { problems: [{ file: label, message }] });
    const isSure = known.get(path)?.dataset === dataset;
    return [{ path, digest, sqlFiles, signature, found: { kind: 'broken', dataset, isSure, error } }];
  };
  const isJudged = ({ path }: { readonly path: string }) =>
    duplicates.has(labelOf(source, path)) && datasetOf.has(labelOf(source, path));
  return [...examined.filter((file) => !isJudged(file)), ...[...examined, ...settled].flatMap(judge)];
}

/** The datasets that have a file, whether it can be read or not. */
export function claimedBy({ known, files, examined }: Omit<Look, 'source'>): ReadonlySet<string> {
  const ofBusy = files.busy.map((path) => known.get(path)?.dataset);
  const ofSettled = [...files.unchanged, ...files.touched, ...files.stillBroken].map(({ dataset }) => dataset);
  const ofExamined = examined.map(({ found }) => {
    if (found.kind === 'other') return null;
    return found.kind === 'good' ? found.checked.spec.name : found.dataset;
  });
  return new Set([...ofBusy, ...ofSettled, ...ofExamined].filter((dataset) => typeof dataset === 'string'));
}

/**
 * Names that a registered dataset has in other upper and lower case are taken, unless that dataset is among those that go: what
 * goes must not leave nothing behind it because its successor cannot come.
 */
export function judgeNames(
  queries: Queries,
  { examined, missing }: { readonly examined: readonly ExaminedFile[]; readonly missing: ReadonlySet<string> },
): readonly ExaminedFile[] {
  return examined.map((file) => {
    if (file.found.kind !== 'good') return file;
    const dataset = file.found.checked.spec.name;
    const other = nameInOtherCase(queries, dataset);
    if (other === undefined || missing.has(other)) return file;
    return {
      ...file,
      found: { kind: 'broken', dataset, isSure: false, error: takenInOtherCase(dataset, other) },
    };
  });
}

/** A broken file that nobody is known to own may be what seems to be gone. */
export function doubtfulFile(
  { source, files, examined }: Omit<Look, 'known'>,
  registered: ReadonlySet<string>,
): string | null {
  const nobodys =
    examined.find(({ found }) => found.kind === 'broken' && !found.isSure) ??
    files.stillBroken.find(({ dataset }) => dataset === null || !registered.has(dataset));
  return nobodys ? `${labelOf(source, nobodys.path)} is not in force, and may be it` : null;
}

/** What a folder holds that cannot be read is not known. */
export function doubtfulFolder(source: SpecSource, { unreadable: [folder] }: SpecListing): string | null {
  return folder === undefined ? null : `the folder ${labelOf(source, folder)} cannot be read`;
}
