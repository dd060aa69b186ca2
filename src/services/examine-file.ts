import { basename } from 'node:path';
import { DliError } from '../contract/errors.ts';
import { datasetNameProblem } from '../spec/dataset-name.ts';
import { isNamedLikeSpec, saysDataset } from '../spec/discover.ts';
import { inlineParsed } from '../spec/inline.ts';
import { parseSpec } from '../spec/parse.ts';
import { revisionOf } from '../spec/revision.ts';
import { readYaml } from '../spec/yaml-source.ts';
import { readSpecFile, type SpecFileText, signatureOf } from '../spec-store/spec-file.ts';
import { labelOf, type SpecSource } from '../spec-store/spec-source.ts';
import type { SpecFileRecord } from '../store/queries/spec-files.ts';
import { type CheckedSpec, type CheckParts, checkParsed } from './checked-spec.ts';

/** A file that was looked into. */
export interface ExaminedFile {
  readonly path: string;
  readonly digest: string;
  readonly sqlFiles: readonly string[];
  readonly signature: string;
  readonly found: FoundInFile;
}

/** What a file holds: a spec that may be put in force, one that may not, or none. */
export type FoundInFile =
  | { readonly kind: 'good'; readonly checked: CheckedSpec }
  /** `dataset` is null when it cannot be told whose file it is; unless `isSure`, it may be of another one. */
  | { readonly kind: 'broken'; readonly dataset: string | null; readonly isSure: boolean; readonly error: unknown }
  | { readonly kind: 'other' };

/** Reads, parses and checks a file of the spec store. What is wrong with it is part of the answer. */
export async function examineFile(
  parts: CheckParts,
  source: SpecSource,
  {
    path,
    known,
    registered,
    prepared,
  }: {
    readonly path: string;
    readonly known: SpecFileRecord | undefined;
    /** The datasets that the source has. */
    readonly registered: ReadonlySet<string>;
    /** What its text means, where that was checked already. */
    readonly prepared?: CheckedSpec | undefined;
  },
): Promise<ExaminedFile> {
  const label = labelOf(source, path);
  const broken = (error: unknown, text: string) =>
    ({ kind: 'broken', ...ownerOf({ text, label, path, known, isFlat: source.isFlat, registered }), error }) as const;
  let file: SpecFileText;
  try {
    file = readSpecFile(source, path);
  } catch (error) {
    return { path, digest: '', sqlFiles: [], signature: '', found: broken(error, '') };
  }
  const expected = source.expected?.get(path);
  if (expected !== undefined && expected !== file.soFar().digest) {
    return { ...lookOf(source, path, file), found: broken(notAsDeployed(label), file.text) };
  }
  if (prepared?.text === file.text)
    return { ...lookOf(source, path, file), found: { kind: 'good', checked: prepared } };
  if (!source.isFlat && !isSpec(path, file.text, known))
    return { ...lookOf(source, path, file), found: { kind: 'other' } };
  try {
    const spec = parseSpec({ text: file.text, file: label, readFile: file.readFile });
    if (source.isFlat && `${spec.name}.yaml` !== path) throw wrongName(label, spec.name);
    // Before anything is waited for, so that what is known of the file is what was read.
    const look = lookOf(source, path, file);
    const text = source.isFlat
      ? file.text
      : inlineParsed({ text: file.text, file: label, readFile: file.readFile, spec });
    const checked = { text, spec, revision: revisionOf(spec) };
    const found = await checkParsed(parts, spec).then(
      (check) => ({ kind: 'good', checked: { ...checked, check } }) as const,
      (error: unknown) => broken(error, file.text),
    );
    return { ...look, found };
  } catch (error) {
    return { ...lookOf(source, path, file), found: broken(error, file.text) };
  }
}

function lookOf(source: SpecSource, path: string, file: SpecFileText): Omit<ExaminedFile, 'found'> {
  const { digest, sqlFiles } = file.soFar();
  return { path, digest, sqlFiles, signature: signatureOf(source, { path, sqlFiles }) };
}

/**
 * A YAML file is a spec by its name or its type. One that was a spec stays one whatever it says now: it may be half written, or
 * have a slip of the pen in its type; only its removal takes the dataset away.
 */
function isSpec(path: string, text: string, known: SpecFileRecord | undefined): boolean {
  return isNamedLikeSpec(path) || (known?.dataset ?? null) !== null || saysDataset(text, path);
}

/** What a broken file may be of. */
interface Owner {
  readonly dataset: string | null;
  /** Its dataset is known from before, or registered; otherwise it may be of any dataset. */
  readonly isSure: boolean;
}

/** Tells whose file a broken one is: what it defined last goes before what it says now, and what is registered before what is not. */
function ownerOf({
  text,
  label,
  path,
  known,
  isFlat,
  registered,
}: {
  readonly text: string;
  readonly label: string;
  readonly path: string;
  readonly known: SpecFileRecord | undefined;
  readonly isFlat: boolean;
  readonly registered: ReadonlySet<string>;
}): Owner {
  if (isFlat) return { dataset: validName(basename(path, '.yaml')), isSure: true };
  const before = known?.dataset ?? null;
  if (before !== null) return { dataset: before, isSure: true };
  const ofFile = /^dataset\.(?<name>.+)\.ya?ml$/.exec(basename(path))?.groups?.name;
  const candidates = [nameIn(text, label), ofFile].map(validName).filter((name) => name !== null);
  const ours = candidates.find((name) => registered.has(name));
  return { dataset: ours ?? candidates[0] ?? null, isSure: ours !== undefined };
}

function validName(name: string | undefined): string | null {
  return name !== undefined && datasetNameProblem(name) === undefined ? name : null;
}

function nameIn(text: string, label: string): string | undefined {
  const read = readYaml(text, label);
  const content = read.ok ? read.source.value : undefined;
  if (typeof content === 'object' && content !== null && 'name' in content && typeof content.name === 'string') {
    return content.name;
  }
  return /^name\s*:\s*['"]?(?<name>[\w.-]+)/m.exec(text)?.groups?.name;
}

function wrongName(label: string, name: string): DliError {
  return new DliError('DLI-801', `${label} defines '${name}', not what it is called after`, {
    hints: ['A file there is called like its dataset; use dli workflow register rather than copying files'],
  });
}

function notAsDeployed(label: string): DliError {
  return new DliError('DLI-813', `${label} is not as it was deployed`, {
    hints: ['Put it back from a copy; or remove current.json and deploy all specs again, which unschedules nothing'],
    problems: [{ file: label, message: 'differs from what was deployed' }],
  });
}
