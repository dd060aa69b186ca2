import { DliError } from '../contract/errors.ts';
import { digestNow } from '../spec-store/spec-file.ts';
import { labelOf, type SpecSource } from '../spec-store/spec-source.ts';
import { registrationsOf } from '../store/queries/registrations.ts';
import { getSpecFile, type SpecFileRecord, saveSpecFile } from '../store/queries/spec-files.ts';
import type { Transaction } from '../store/sqlite.ts';
import { applyRegistration, dropRegistration, type SourceChange } from './apply-registration.ts';
import type { CheckedSpec } from './checked-spec.ts';
import type { ExaminedFile } from './examine-file.ts';
import type { ServiceParts } from './parts.ts';
import { specErrorText } from './spec-error.ts';
import { markBroken, tellMended } from './spec-marks.ts';

/** What taking over one file did. */
export type Taken =
  | { readonly kind: 'added' | 'updated' | 'unchanged' | 'busy' }
  | { readonly kind: 'broken'; readonly dataset: string | null; readonly error: string };

/** A file that was looked into, of a source. */
interface FileInSource {
  readonly source: SpecSource;
  readonly file: ExaminedFile;
  /** The dataset that it defined before and that no file defines any more: it goes when what is there now comes. @default none */
  readonly leaves?: string | undefined;
  readonly change: Omit<SourceChange, 'now'>;
}

/**
 * Makes the state follow one file that was looked into, in one transaction: its registration, or why it is not in force. A
 * file that was replaced since is left for the next look.
 */
export async function takeOver(parts: ServiceParts, { source, file, leaves, change }: FileInSource): Promise<Taken> {
  const { found } = file;
  const isReplaced = () => file.digest !== '' && digestNow(source, file) !== file.digest;
  const kept = (error: unknown, dataset: string | null) =>
    parts.database.write((transaction) =>
      isReplaced()
        ? ({ kind: 'busy' } as const)
        : saveBroken(parts, transaction, { source, file, change, error, dataset }),
    );
  if (found.kind === 'broken') return kept(found.error, found.dataset);
  if (found.kind === 'other') {
    return parts.database.write((transaction) => {
      if (isReplaced()) return { kind: 'busy' } as const;
      tellIfMended(parts, transaction, { source, file, change });
      saveSpecFile(transaction, recordOf(source, file, { dataset: null, error: null }));
      return { kind: 'unchanged' } as const;
    });
  }
  const { spec } = found.checked;
  try {
    await parts.warehouses.get(spec.execution.warehouse)?.prepare(spec.name);
    await parts.scheduler.settle(spec.name, spec);
    if (leaves !== undefined) await parts.scheduler.settle(leaves);
    return await parts.database.write((transaction) =>
      isReplaced()
        ? ({ kind: 'busy' } as const)
        : putInForce(parts, transaction, { source, file, leaves, change, checked: found.checked }),
    );
  } catch (error) {
    // What keeps this one from being in force (a name that is taken) keeps no other. On a full disk this is refused, too.
    return kept(error, leaves ?? spec.name);
  }
}

function putInForce(
  parts: ServiceParts,
  transaction: Transaction,
  { source, file, leaves, change, checked }: FileInSource & { readonly checked: CheckedSpec },
): Taken {
  const dataset = checked.spec.name;
  const now = parts.clock.now();
  const before = registrationsOf(transaction, dataset).find(({ sourceType }) => sourceType === source.sourceType);
  // The same meaning, written in another way: nothing changes for anybody.
  const isSame = before?.revision === checked.revision;
  if (leaves !== undefined) {
    const reason = change.reason ?? `its file defines '${dataset}' now`;
    dropRegistration(transaction, parts, { ...change, reason, dataset: leaves, now });
  }
  if (!isSame) applyRegistration(transaction, parts, { ...change, checked, now });
  tellIfMended(parts, transaction, { source, file, change });
  saveSpecFile(transaction, recordOf(source, file, { dataset, error: null }));
  if (isSame) return { kind: 'unchanged' };
  return { kind: before ? 'updated' : 'added' };
}

function tellIfMended({ clock }: ServiceParts, transaction: Transaction, { source, file, change }: FileInSource): void {
  const known = getSpecFile(transaction, source.sourceType, file.path);
  if (!known || known.error === null) return;
  const now = file.found.kind === 'good' ? file.found.checked.spec.name : null;
  const mended = { ...known, dataset: known.dataset ?? now };
  tellMended(transaction, { file: mended, change: { ...change, now: clock.now() } });
}

function saveBroken(
  { clock }: ServiceParts,
  transaction: Transaction,
  { source, file, change, error, dataset }: FileInSource & { readonly error: unknown; readonly dataset: string | null },
): Taken {
  const text = specErrorText(error);
  markBroken(transaction, {
    record: recordOf(source, file, { dataset, error: text }),
    text,
    change: { ...change, now: clock.now() },
    data: {
      file: labelOf(source, file.path),
      code: error instanceof DliError ? error.code : 'DLI-500',
      problems: error instanceof DliError ? error.problems : [],
    },
  });
  return { kind: 'broken', dataset, error: text };
}

function recordOf(
  { sourceType }: SpecSource,
  { path, digest, sqlFiles, signature }: ExaminedFile,
  { dataset, error }: Pick<SpecFileRecord, 'dataset' | 'error'>,
): SpecFileRecord {
  return { sourceType, path, dataset, digest, sqlFiles, signature, error };
}
