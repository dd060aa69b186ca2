import { DliError } from '../contract/errors.ts';
import { duplicateSpecs } from '../core/duplicate-specs.ts';
import { labelOf, type SpecListing, type SpecSource } from '../spec-store/spec-source.ts';
import type { SpecFileRecord } from '../store/queries/spec-files.ts';
import type { ChangedFiles } from './changed-files.ts';
import type { ExaminedFile } from './examine-file.ts';

/** Files that define what another one defines too are broken, also those that have not changed. */
export function judgeDuplicates(
  source: SpecSource,
  { files, examined }: { readonly files: ChangedFiles; readonly examined: readonly ExaminedFile[] },
): readonly ExaminedFile[] {
  const settled = [...files.unchanged, ...files.touched];
  const defined = [
    ...settled.flatMap(({ path, dataset }) => (dataset === null ? [] : [{ path, dataset }])),
    ...examined.flatMap(({ path, found }) =>
      found.kind === 'good' ? [{ path, dataset: found.checked.spec.name }] : [],
    ),
  ];
  const duplicates = duplicateSpecs(defined);
  if (duplicates.size === 0) return examined;
  const datasetOf = new Map(defined.map(({ path, dataset }) => [path, dataset]));
  const judge = <File extends Omit<ExaminedFile, 'found'>>(file: File): readonly ExaminedFile[] => {
    const message = duplicates.get(file.path);
    if (message === undefined) return [];
    const { path, digest, sqlFiles, signature } = file;
    const error = new DliError('DLI-813', message, { problems: [{ file: labelOf(source, path), message }] });
    return [
      { path, digest, sqlFiles, signature, found: { kind: 'broken', dataset: datasetOf.get(path) ?? null, error } },
    ];
  };
  return [...examined.filter(({ path }) => !duplicates.has(path)), ...[...examined, ...settled].flatMap(judge)];
}

/** The datasets that have a file, whether it can be read or not. */
export function claimedBy({
  files,
  judged,
  known,
}: {
  readonly files: ChangedFiles;
  readonly judged: readonly ExaminedFile[];
  readonly known: ReadonlyMap<string, SpecFileRecord>;
}): ReadonlySet<string> {
  const ofBusy = files.busy.map((path) => known.get(path)?.dataset);
  const ofSettled = [...files.unchanged, ...files.touched].map(({ dataset }) => dataset);
  const ofJudged = judged.map(({ found }) => {
    if (found.kind === 'other') return null;
    return found.kind === 'good' ? found.checked.spec.name : found.dataset;
  });
  return new Set([...ofBusy, ...ofSettled, ...ofJudged].filter((dataset) => typeof dataset === 'string'));
}

/** What cannot be read may be what seems to be gone. */
export function doubtOf(
  source: SpecSource,
  { listing, judged }: { readonly listing: SpecListing; readonly judged: readonly ExaminedFile[] },
): string | null {
  const [folder] = listing.unreadable;
  if (folder !== undefined) return `the folder ${labelOf(source, folder)} cannot be read`;
  const nobodys = judged.find(({ found }) => found.kind === 'broken' && found.dataset === null);
  return nobodys ? `${labelOf(source, nobodys.path)} cannot be read, and may be it` : null;
}
