import type { SourceType } from '../contract/fields.ts';
import { appendEvent } from '../store/queries/events.ts';
import type { ServiceParts } from './parts.ts';

/** Tells that the folder of a source cannot be read, or can be read again, where that is news since the server's start. */
export async function tellTroubles(
  { database, clock, specStore }: Pick<ServiceParts, 'database' | 'clock' | 'specStore'>,
  {
    source,
    actor,
    troubles,
  }: { readonly source: SourceType; readonly actor: string; readonly troubles: readonly string[] },
): Promise<void> {
  const before = specStore.troubles.get(source);
  const now = troubles.length === 0 ? undefined : troubles.join('; ');
  if (before === now) return;
  await database.write((transaction) => {
    appendEvent(transaction, {
      at: clock.now(),
      kind: now === undefined ? 'spec_store.readable' : 'spec_store.unreadable',
      dataset: null,
      runId: null,
      backfillId: null,
      actor,
      reason: now ?? null,
      data: { source_type: source },
    });
  });
  if (now === undefined) specStore.troubles.delete(source);
  else specStore.troubles.set(source, now);
}
