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
    ...settled.flatMap(({ path, dataset }) => (dataset === null ? [] : [{ path: labelOf(source, path), dataset }])),
    ...examined.flatMap(({ path, found }) =>
      found.kind === 'good' ? [{ path: labelOf(source, path), dataset: found.checked.spec.name }] : [],
    ),
  ];
  const duplicates = duplicateSpecs(defined);
  if (duplicates.size === 0) return examined;
  const datasetOf = new Map(defined.map(({ path, dataset }) => [path, dataset]));
  const judge = (file: Omit<ExaminedFile, 'found'>): readonly ExaminedFile[] => {
    const label = labelOf(source, file.path);
    const message = duplicates.get(label);
    if (message === undefined) return [];
    const { path, digest, sqlFiles, signature } = file;
    const error = new DliError('DLI-813', message, { problems: [{ file: label, message }] });
    const found = { kind: 'broken', dataset: datasetOf.get(label) ?? null, error } as const;
    return [{ path, digest, sqlFiles, signature, found }];
  };
  const single = examined.filter(({ path }) => !duplicates.has(labelOf(source, path)));
  return [...single, ...[...examined, ...settled].flatMap(judge)];
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
