/** The specs of a deploy: each is checked, and all their problems are told at once, before anything is changed. */
import { createHash } from 'node:crypto';
import { DliError } from '../contract/errors.ts';
import { doAtOnce } from '../core/at-once.ts';
import { type WrongSpec, wrongSpecsError } from '../core/wrong-specs.ts';
import { nameInOtherCase } from '../store/queries/registrations.ts';
import { type CheckedSpec, checkDocument, type SpecDocument } from './checked-spec.ts';
import type { ServiceParts } from './parts.ts';

/** A document, and a digest of what was sent. */
export interface SentDocument extends SpecDocument {
  readonly upload: string;
}

/** A good spec of a deploy. `checked` is null for one that is in the current release just so. */
export interface SentSpec {
  readonly dataset: string;
  readonly fileName: string;
  readonly upload: string;
  readonly checked: CheckedSpec | null;
}

/** Specs that are checked at once: the server, the compiler's process and the warehouse's work on them in turn. */
const atOnce = 6;

/** Digests what was sent of each spec: its document and the SQL files, whatever the document is called. */
export function withDigests(documents: readonly SpecDocument[]): readonly SentDocument[] {
  return documents.map((document) => {
    const files = Object.entries(document.files).sort(([left], [right]) => (left < right ? -1 : 1));
    const upload = createHash('sha256').update(JSON.stringify([document.spec, files]));
    return { ...document, upload: upload.digest('hex') };
  });
}

/**
 * Checks the specs of a deploy, but for those that the current release has just so: `uploads` says what was sent of each of
 * its datasets. What was found good is kept in `known`, by the digest of what was sent.
 *
 * @throws DLI-801, DLI-804, DLI-805, DLI-813 or DLI-815 with the problems of all files, DLI-816 when checking is not possible now
 */
export async function checkSent(
  parts: ServiceParts,
  documents: readonly SentDocument[],
  { uploads, known }: { readonly uploads: ReadonlyMap<string, string>; readonly known: Map<string, CheckedSpec> },
): Promise<readonly SentSpec[]> {
  const inForce = new Map([...uploads].map(([dataset, upload]) => [upload, dataset]));
  const wrong: WrongSpec[] = [];
  await doAtOnce(documents, atOnce, async (document) => {
    if (inForce.has(document.upload) || known.has(document.upload)) return;
    try {
      known.set(document.upload, await checkDocument(parts, document));
    } catch (error) {
      if (!(error instanceof DliError) || error.code === 'DLI-816' || error.code === 'DLI-500') throw error;
      wrong.push({ file: document.file_name, sqlFiles: document.files, error });
    }
  });
  const sent = documents.flatMap(({ upload, file_name: fileName }): SentSpec[] => {
    const dataset = inForce.get(upload);
    if (dataset !== undefined) return [{ dataset, fileName, upload, checked: null }];
    const checked = known.get(upload);
    return checked ? [{ dataset: checked.spec.name, fileName, upload, checked }] : [];
  });
  refuseWrong(documents, [...wrong, ...takenNames(parts, sent)]);
  return sent;
}

/** A dataset has one spec; names that differ only in case would share a file on some systems and a table in DuckDB. */
function takenNames({ database }: ServiceParts, sent: readonly SentSpec[]): readonly WrongSpec[] {
  const firsts = new Map<string, SentSpec>();
  return sent.flatMap((spec) => {
    const { dataset, fileName } = spec;
    const key = dataset.toLowerCase();
    const first = firsts.get(key);
    if (!first) firsts.set(key, spec);
    const message = first ? takenBy(spec, first) : takenByRegistered(dataset, nameInOtherCase(database, dataset));
    if (message === undefined) return [];
    const problems = [{ file: fileName, message }];
    return [{ file: fileName, error: new DliError('DLI-804', message, { problems }) }];
  });
}

function takenBy({ dataset }: SentSpec, first: SentSpec): string {
  if (dataset === first.dataset) return `Dataset '${dataset}' is defined in ${first.fileName} already`;
  return `'${dataset}' differs from '${first.dataset}' in ${first.fileName} in upper and lower case only`;
}

function takenByRegistered(dataset: string, other: string | undefined): string | undefined {
  return other && `'${dataset}' differs from the registered '${other}' in upper and lower case only`;
}

function refuseWrong(documents: readonly SentDocument[], wrong: readonly WrongSpec[]): void {
  if (wrong.length === 0) return;
  const order = new Map(documents.map(({ file_name }, index) => [file_name, index]));
  const place = ({ file }: WrongSpec) => order.get(file) ?? 0;
  throw wrongSpecsError(
    wrong.toSorted((left, right) => place(left) - place(right)),
    documents.length,
  );
}
