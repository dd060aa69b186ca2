import { existsSync } from 'node:fs';
import { deployReason } from '../core/deploy-reason.ts';
import { yamlFilesBelow } from '../spec/yaml-files.ts';
import type { Release } from '../spec-store/release-manifest.ts';
import { releaseSource } from '../spec-store/spec-source.ts';
import {
  appliedRelease,
  intendedDeploy,
  keepIntendedAnswer,
  saveAppliedRelease,
} from '../store/queries/code-release.ts';
import { appendEvent } from '../store/queries/events.ts';
import { countRegistrationsOf } from '../store/queries/registrations.ts';
import type { CheckedSpec } from './checked-spec.ts';
import type { ServiceParts } from './parts.ts';
import { itself, type SourceWish, type SyncOutcome, troubleOf } from './sync.ts';
import { type SyncReport, syncSource } from './sync-source.ts';

const nothing: SyncOutcome = { reports: [], troubles: [], notes: [] };

/** Makes the state follow `code/`. To be called in the spec store's turn. */
export async function syncCode(
  parts: ServiceParts,
  { actor, acceptDeletions, rechecks, savesLooks, signal }: SourceWish,
): Promise<SyncOutcome> {
  const { code, codeFolder } = parts.specStore;
  try {
    if (code.mode === 'deploy') return await syncRelease(parts, { acceptDeletions, signal });
    if (!existsSync(codeFolder) && !hasCode(parts)) return nothing;
    const { maxDeletions, settleMs } = parts.specStore;
    const limit = acceptDeletions ? undefined : maxDeletions;
    const report = await syncSource(parts, code.source, {
      change: { actor, reason: null },
      limit,
      settleMs,
      rechecks,
      savesLooks,
      signal,
    });
    return { ...nothing, reports: [report] };
  } catch (error) {
    return { ...nothing, troubles: [troubleOf(error)] };
  }
}

async function syncRelease(
  parts: ServiceParts,
  options: { readonly acceptDeletions: boolean; readonly signal: AbortSignal | undefined },
): Promise<SyncOutcome> {
  const { code, codeFolder } = parts.specStore;
  const release = code.mode === 'deploy' ? code.releases.current() : null;
  const plain = existsSync(codeFolder) ? yamlFilesBelow(codeFolder).files.length : 0;
  const notes =
    plain === 0
      ? []
      : [
          `${plain === 1 ? '1 YAML file' : `${plain} YAML files`} in ${codeFolder} are not read: deploy them, or set code.mode: folder in basecamp.yaml`,
        ];
  if (!release) {
    const troubles = hasCode(parts)
      ? [
          `${codeFolder} has no current.json, so nothing was changed: is it mounted? If it is lost, the next deploy writes it anew, and what that does not name stays`,
        ]
      : [];
    return { reports: [], troubles, notes };
  }
  return { reports: [await followRelease(parts, { release, ...options })], troubles: [], notes };
}

/**
 * Makes the state follow a release, as whoever deployed it. What the deploy that this server did last removes was meant, so
 * that nothing asks again; a manifest that somebody put there may be an old one. To be called in the spec store's turn.
 * `prepared` is what was checked already, by dataset.
 */
export async function followRelease(
  parts: ServiceParts,
  {
    release,
    prepared = new Map(),
    acceptDeletions = false,
    signal,
  }: {
    readonly release: Release;
    readonly prepared?: ReadonlyMap<string, CheckedSpec>;
    readonly acceptDeletions?: boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<SyncReport> {
  const isNew = appliedRelease(parts.database)?.deployId !== release.deployId;
  const change = isNew
    ? { actor: release.actor, reason: deployReason(release.commit) }
    : { actor: itself, reason: null };
  const isMeant = acceptDeletions || intendedDeploy(parts.database) === release.deployId;
  const report = await syncSource(parts, releaseSource(release), {
    change,
    limit: isMeant ? undefined : parts.specStore.maxDeletions,
    // A release is whole when its manifest names it.
    settleMs: 0,
    prepared: new Map([...prepared].map(([dataset, checked]) => [`${dataset}.yaml`, checked])),
    signal,
  });
  if (isNew) await tellDeploy(parts, { release, report });
  return report;
}

function tellDeploy(
  { database, clock }: ServiceParts,
  { release, report }: { readonly release: Release; readonly report: SyncReport },
): Promise<void> {
  const { deployId, digest, actor, commit } = release;
  return database.write((transaction) => {
    saveAppliedRelease(transaction, { deployId, digest });
    keepIntendedAnswer(transaction, deployId, clock.now());
    appendEvent(transaction, {
      at: clock.now(),
      kind: 'code.deployed',
      dataset: null,
      runId: null,
      backfillId: null,
      actor,
      reason: null,
      data: {
        deploy_id: deployId,
        release: digest,
        commit,
        counts: {
          added: report.added.length,
          updated: report.updated.length,
          removed: report.removed.length,
          unchanged: report.unchanged,
          broken: report.broken.length,
        },
      },
    });
  });
}

function hasCode({ database }: ServiceParts): boolean {
  return countRegistrationsOf(database, 'code') > 0;
}
