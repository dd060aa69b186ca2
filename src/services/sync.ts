import type { SourceType } from '../contract/fields.ts';
import type { SyncResult } from '../contract/workflows.ts';
import type { DeletionLimit } from '../core/deletion-guard.ts';
import { registeredDatasets } from '../store/queries/registrations.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { syncCode } from './sync-code.ts';
import { type SyncReport, syncSource } from './sync-source.ts';

/** Who acts when nobody asked for it. */
export const itself = 'sync';

/** What a look at the spec store is asked for. */
export interface SyncWish {
  /** @default the server itself */
  readonly actor?: string;
  /** Take what is gone for removed, however much it is. @default false */
  readonly acceptDeletions?: boolean;
  /** @default both */
  readonly sources?: readonly SourceType[];
}

/** What it found in each source, and what kept it from looking at one. */
export interface SyncOutcome {
  readonly reports: readonly SyncReport[];
  /** Why nothing was changed in a source: its folder could not be read. */
  readonly troubles: readonly string[];
  /** What may surprise. */
  readonly notes: readonly string[];
}

/**
 * Makes the state follow the files of the spec store: what changed while no server looked is parsed and checked, what is gone
 * is unregistered. Only changed files are read. Called before the first request, on a change, now and then, and on request.
 */
export function syncSpecs(
  parts: ServiceParts,
  { actor = itself, acceptDeletions = false, sources = ['manual', 'code'] }: SyncWish = {},
): Promise<SyncOutcome> {
  return parts.specsTurn.run(async () => {
    const outcomes = [];
    if (sources.includes('manual')) outcomes.push(await syncManual(parts, { actor, acceptDeletions }));
    if (sources.includes('code')) outcomes.push(await syncCode(parts, { actor, acceptDeletions }));
    return addOutcomes(...outcomes);
  });
}

/** Puts looks at single sources together. */
export function addOutcomes(...outcomes: readonly SyncOutcome[]): SyncOutcome {
  return {
    reports: outcomes.flatMap(({ reports }) => reports),
    troubles: outcomes.flatMap(({ troubles }) => troubles),
    notes: outcomes.flatMap(({ notes }) => notes),
  };
}

async function syncManual(
  parts: ServiceParts,
  { actor, acceptDeletions }: { readonly actor: string; readonly acceptDeletions: boolean },
): Promise<SyncOutcome> {
  const { manualSource, settleMs } = parts.specStore;
  try {
    const change = { actor, reason: null };
    const limit = acceptDeletions ? undefined : manualLimit(parts);
    const report = await syncSource(parts, manualSource, { change, limit, settleMs });
    return { reports: [report], troubles: [], notes: [] };
  } catch (error) {
    return { reports: [], troubles: [unreadable(manualSource.root, error)], notes: [] };
  }
}

/**
 * How many manual files may be gone: as with code, since a folder that is not mounted looks empty. But what the server was
 * removing when it died goes, and a single one that somebody removed by hand, as long as others are there.
 */
function manualLimit({ database, specStore }: ServiceParts): DeletionLimit {
  const present = new Set(specStore.manual.manualDatasets());
  const missing = [...registeredDatasets(database, 'manual')].filter((dataset) => !present.has(dataset));
  const unexplained = missing.filter((dataset) => !specStore.manual.interrupted.has(dataset)).length;
  const isBelieved = unexplained === 0 || (unexplained === 1 && present.size > 0);
  return isBelieved ? { kind: 'count', value: missing.length } : specStore.maxDeletions;
}

/** Says that a folder of the spec store cannot be read. */
export function unreadable(folder: string, error: unknown): string {
  return `${folder} cannot be read, so nothing was changed: ${error instanceof Error ? error.message : String(error)}`;
}

/** Looks at the spec store on request. */
export async function syncWorkflows(
  parts: ServiceParts,
  caller: Caller,
  { accept_deletions: acceptDeletions }: { readonly accept_deletions: boolean },
): Promise<SyncResult> {
  const { reports, troubles, notes } = await syncSpecs(parts, { actor: caller.actor, acceptDeletions });
  return {
    added: reports.flatMap(({ added }) => added),
    updated: reports.flatMap(({ updated }) => updated),
    removed: reports.flatMap(({ removed }) => removed),
    unchanged: reports.reduce((sum, { unchanged }) => sum + unchanged, 0),
    broken: reports
      .flatMap(({ broken }) => broken)
      .map(({ file, dataset, error }) => ({ dataset_name: dataset, file, error })),
    held: reports.flatMap(({ held }) => held),
    busy: reports.flatMap(({ busy }) => busy),
    troubles: [...troubles],
    notes: [...notes],
  };
}
