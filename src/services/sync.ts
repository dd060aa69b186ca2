import { DliError } from '../contract/errors.ts';
import type { SourceType } from '../contract/fields.ts';
import type { SyncResult } from '../contract/workflows.ts';
import type { DeletionLimit } from '../core/deletion-guard.ts';
import type { SpecDirectory } from '../spec-store/directory.ts';
import { registeredDatasets } from '../store/queries/registrations.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { syncCode } from './sync-code.ts';
import { type SyncReport, syncSource } from './sync-source.ts';
import { tellTroubles } from './tell-troubles.ts';

/** Who acts when nobody asked for it. */
export const itself = 'sync';

/** What a look at the spec store is asked for. */
export interface SyncWish {
  /** @default the server itself */
  readonly actor?: string;
  /** Take what is gone for removed, however much it is. @default false */
  readonly acceptDeletions?: boolean;
  /** Check broken files again although nothing has changed. @default true */
  readonly rechecks?: boolean;
  /** Keep what files look like, so that they are not read again. @default true */
  readonly savesLooks?: boolean;
  /** @default both */
  readonly sources?: readonly SourceType[];
  /** Ends the look after the files at hand: it is not finished, and what it did stays. */
  readonly signal?: AbortSignal | undefined;
}

/** How one source is looked at. */
export type SourceWish = Required<Omit<SyncWish, 'sources' | 'signal'>> & Pick<SyncWish, 'signal'>;

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
  {
    actor = itself,
    acceptDeletions = false,
    rechecks = true,
    savesLooks = true,
    sources = ['manual', 'code'],
    signal,
  }: SyncWish = {},
): Promise<SyncOutcome> {
  return parts.specsTurn.run(async () => {
    const outcomes = [];
    signal?.throwIfAborted();
    const wish = { actor, acceptDeletions, rechecks, savesLooks, signal };
    for (const source of ['manual', 'code'] as const) {
      if (!sources.includes(source)) continue;
      const outcome = await (source === 'manual' ? syncManual : syncCode)(parts, wish);
      await tellTroubles(parts, { source, actor, troubles: outcome.troubles });
      outcomes.push(outcome);
    }
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
  { actor, acceptDeletions, rechecks, savesLooks, signal }: SourceWish,
): Promise<SyncOutcome> {
  const { manualSource, settleMs } = parts.specStore;
  try {
    const change = { actor, reason: null };
    const limit = acceptDeletions ? undefined : manualLimit(parts);
    const report = await syncSource(parts, manualSource, { change, limit, settleMs, rechecks, savesLooks, signal });
    return { reports: [report], troubles: [], notes: [] };
  } catch (error) {
    return { reports: [], troubles: [troubleOf(error)], notes: [] };
  }
}

/**
 * How many manual files may be gone: as with code, since a folder that is not mounted looks empty. But what the server was
 * removing when it died goes, and a single one that somebody removed by hand, as long as others are there.
 */
function manualLimit({ database, specStore }: ServiceParts): DeletionLimit {
  const { manual, maxDeletions } = specStore;
  const present = presentFiles(manual);
  const missing = [...registeredDatasets(database, 'manual')].filter((dataset) => !present.has(dataset));
  const unexplained = missing.filter((dataset) => !manual.interrupted.has(dataset)).length;
  const isBelieved = unexplained === 0 || (unexplained === 1 && present.size > 0);
  return isBelieved ? { kind: 'count', value: missing.length } : maxDeletions;
}

function presentFiles(manual: SpecDirectory): ReadonlySet<string> {
  try {
    return new Set(manual.manualDatasets());
  } catch {
    // The look itself says what is wrong with the folder.
    return new Set();
  }
}

/** Says why a folder of the spec store cannot be read. @throws everything else */
export function troubleOf(error: unknown): string {
  if (error instanceof DliError && error.code === 'DLI-505') return error.message;
  throw error;
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
    held: reports.flatMap(({ held }) => held).map(({ dataset, reason }) => ({ dataset_name: dataset, reason })),
    busy: reports.flatMap(({ busy }) => busy),
    troubles: [...troubles],
    notes: [...notes],
  };
}
