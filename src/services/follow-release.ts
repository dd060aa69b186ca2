import { parseSpec } from '../spec/parse.ts';
import { revisionOf } from '../spec/revision.ts';
import type { Release } from '../spec-store/release-manifest.ts';
import { watchSource } from '../store/notify.ts';
import { appendEvent } from '../store/queries/events.ts';
import { deleteRegistration, registrationsOf, storedFiles } from '../store/queries/registrations.ts';
import type { Transaction } from '../store/sqlite.ts';
import { type CheckedSpec, warehouseOf } from './checked-spec.ts';
import type { ServiceParts } from './parts.ts';
import { applyRegistration } from './registration.ts';

/** A spec whose file need not be read and checked again. */
export type PreparedSpec = Omit<CheckedSpec, 'text'>;

/** Why the database follows, for the events, and what is known of the release's files already. */
export interface FollowRelease {
  readonly actor: string;
  readonly reason: string;
  /** By dataset. @default nothing */
  readonly prepared?: ReadonlyMap<string, PreparedSpec>;
}

/** Registrations in one write: the event loop is held for some 20 ms. */
const changesAtOnce = 100;

/** Makes the database follow the release in force: what is new or changed is registered as code, what is gone is forgotten. */
export async function followRelease(
  parts: ServiceParts,
  { actor, reason, prepared = new Map() }: FollowRelease,
): Promise<void> {
  const release = parts.releases.current();
  if (!release) return;
  const known = storedFiles(parts.database, 'code');
  const changed: Change[] = [];
  for (const [dataset, fileDigest] of release.files) {
    if (known.get(dataset) === fileDigest) continue;
    const upload = prepared.get(dataset) ?? (await readRelease(parts, release, dataset));
    changed.push({ dataset, upload, fileDigest });
  }
  const gone = [...known.keys()].filter((dataset) => !release.files.has(dataset));
  const steps = [
    ...changed.map(
      (change) => (transaction: Transaction) => takeOver(transaction, parts, { ...change, actor, reason }),
    ),
    ...gone.map((dataset) => (transaction: Transaction) => forget(transaction, parts, { dataset, actor, reason })),
  ];
  for (let from = 0; from < steps.length; from += changesAtOnce) {
    await parts.database.write((transaction) => {
      for (const step of steps.slice(from, from + changesAtOnce)) step(transaction);
    });
  }
}

interface Change {
  readonly dataset: string;
  readonly upload: PreparedSpec;
  readonly fileDigest: string;
}

interface Cause {
  readonly actor: string;
  readonly reason: string;
}

async function readRelease(parts: ServiceParts, release: Release, dataset: string): Promise<PreparedSpec> {
  const spec = parseSpec({ text: parts.releases.readFile(release, dataset), file: `${dataset}.yaml` });
  const warehouseDialect = warehouseOf(parts, spec).dialect;
  const check = await parts.compiler.check({ spec, warehouseDialect, ...parts.templateValues });
  return { spec, revision: revisionOf(spec), check };
}

function takeOver(
  transaction: Transaction,
  parts: ServiceParts,
  { dataset, upload, fileDigest, actor, reason }: Change & Cause,
): void {
  const isKnown = registrationsOf(transaction, dataset).some(({ sourceType }) => sourceType === 'code');
  applyRegistration(transaction, parts, {
    upload,
    sourceType: 'code',
    fileDigest,
    actor,
    reason,
    kind: isKnown ? 'workflow.updated' : 'workflow.registered',
    now: parts.clock.now(),
  });
}

function forget(
  transaction: Transaction,
  { clock, scheduler }: ServiceParts,
  { dataset, actor, reason }: Cause & { readonly dataset: string },
): void {
  const at = clock.now();
  const tellSource = watchSource(transaction, dataset);
  if (!deleteRegistration(transaction, dataset, 'code')) return;
  scheduler.apply(transaction, dataset);
  const subject = { dataset, runId: null, backfillId: null };
  appendEvent(transaction, {
    at,
    kind: 'workflow.unregistered',
    ...subject,
    actor,
    reason,
    data: { source_type: 'code' },
  });
  tellSource({ actor, at });
}
