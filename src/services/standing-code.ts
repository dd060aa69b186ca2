/** What code has in force, and the files that a deploy finds of it. */

import { DliError } from '../contract/errors.ts';
import { counted } from '../core/counted.ts';
import { listed } from '../core/listed.ts';
import { fileDigest } from '../spec-store/file-digest.ts';
import type { Release } from '../spec-store/release-manifest.ts';
import type { Releases } from '../spec-store/releases.ts';
import { appliedRelease, intendedDeploy } from '../store/queries/code-release.ts';
import { registeredDatasets } from '../store/queries/registrations.ts';
import { registeredText } from '../store/queries/revisions.ts';
import type { ServiceParts } from './parts.ts';

/** What a deploy is planned upon. */
export interface StandingCode {
  readonly release: Release | null;
  /** What is in force, each with its file's digest; an empty one where nobody knows its text. */
  readonly digests: ReadonlyMap<string, string>;
  /** What is in force without a good file in the release, with its text as the state keeps it; null where it does not. */
  readonly lost: ReadonlyMap<string, string | null>;
  /** What was sent of each dataset whose file is good, by the digest of that. */
  readonly uploads: ReadonlyMap<string, string>;
}

/**
 * Reads what code has in force. What is registered counts, not the release alone: that is gone with its manifest, and there
 * is none where people brought the files so far, and an old one may have been put back. A release that is pending is the
 * truth by itself.
 */
export async function readStanding(
  { database }: Pick<ServiceParts, 'database'>,
  { releases, release }: { readonly releases: Releases; readonly release: Release | null },
): Promise<StandingCode> {
  const damaged = release ? await releases.damaged(release) : [];
  const registered = isPending({ database }, release) ? [] : [...registeredDatasets(database, 'code')];
  const outside = registered.filter((dataset) => !release?.files.has(dataset));
  const lost = new Map([...damaged, ...outside].map((dataset) => [dataset, registeredText(database, dataset, 'code')]));
  const digests = new Map(release?.files);
  for (const dataset of outside) {
    const text = lost.get(dataset);
    digests.set(dataset, typeof text === 'string' ? fileDigest(text) : '');
  }
  const uploads = [...(release?.uploads ?? [])].filter(([dataset]) => !lost.has(dataset));
  return { release, digests, lost, uploads: new Map(uploads) };
}

/** Tells whether this server put a release in force, and was stopped before the state followed it. */
export function isPending({ database }: Pick<ServiceParts, 'database'>, release: Release | null): boolean {
  if (release === null || intendedDeploy(database) !== release.deployId) return false;
  return appliedRelease(database)?.deployId !== release.deployId;
}

/** Gives the texts of specs that stay and are lost. @throws DLI-505 when the state does not keep one */
export function lostTexts({ lost }: StandingCode, kept: readonly string[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const unknown: string[] = [];
  for (const dataset of kept) {
    const text = lost.get(dataset);
    if (typeof text === 'string') texts.set(dataset, text);
    else if (text === null) unknown.push(dataset);
  }
  if (unknown.length === 0) return texts;
  throw new DliError('DLI-505', `The server has neither the file nor the text of ${notSent(unknown)}`, {
    hints: ['Send every code spec; or remove what is not sent: dli workflow deploy --prune'],
  });
}

/** Says which specs a deploy writes although nobody sent them, and which ones that nobody changed. */
export function lostWarnings({
  restored,
  mended,
}: {
  readonly restored: readonly string[];
  readonly mended: readonly string[];
}): readonly string[] {
  return [
    ...(restored.length === 0
      ? []
      : [`${notSent(restored)} had no good file in the release; what is in force is written anew`]),
    ...(mended.length === 0
      ? []
      : [`Files of the release were lost or changed and are written anew as they were sent: ${listed(mended)}`]),
  ];
}

function notSent(datasets: readonly string[]): string {
  const isOne = datasets.length === 1;
  return `${counted(datasets.length, 'code spec')} that ${isOne ? 'is' : 'are'} not sent (${listed(datasets)})`;
}
