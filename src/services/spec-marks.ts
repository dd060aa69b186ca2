import { appendEvent } from '../store/queries/events.ts';
import { getSpecFile, type SpecFileRecord, saveSpecFile } from '../store/queries/spec-files.ts';
import type { Transaction } from '../store/sqlite.ts';
import type { SourceChange } from './apply-registration.ts';

/** Stores why a file is not in force, with an event when that is news. */
export function markBroken(
  transaction: Transaction,
  {
    record,
    text,
    change,
    data,
  }: {
    readonly record: SpecFileRecord;
    readonly text: string;
    readonly change: SourceChange;
    readonly data: Readonly<Record<string, unknown>>;
  },
): void {
  const known = getSpecFile(transaction, record.sourceType, record.path);
  saveSpecFile(transaction, { ...record, error: text });
  if (known?.error === text && known.dataset === record.dataset) return;
  appendEvent(transaction, {
    at: change.now,
    kind: 'workflow.spec_broken',
    dataset: record.dataset,
    runId: null,
    backfillId: null,
    actor: change.actor,
    reason: text,
    data: { source_type: record.sourceType, ...data },
  });
}

/** Tells that a file is in force again, or that a broken one is gone. */
export function tellMended(
  transaction: Transaction,
  { file, change }: { readonly file: SpecFileRecord; readonly change: SourceChange },
): void {
  appendEvent(transaction, {
    at: change.now,
    kind: 'workflow.spec_mended',
    dataset: file.dataset,
    runId: null,
    backfillId: null,
    actor: change.actor,
    reason: change.reason,
    data: { source_type: file.sourceType, file: `${file.sourceType}/${file.path}` },
  });
}
