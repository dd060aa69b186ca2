/** What code has in force, and the files that a deploy finds of it. */

import { DliError } from '../contract/errors.ts';
import { counted } from '../core/counted.ts';
import { fileDigest } from '../spec-store/file-digest.ts';
import type { Release } from '../spec-store/release-manifest.ts';
import { appliedRelease } from '../store/queries/code-release.ts';
import { registeredDatasets } from '../store/queries/registrations.ts';
import { registeredText } from '../store/queries/revisions.ts';
import type { ServiceParts } from './parts.ts';

/** What a deploy is planned upon. */
export interface StandingCode {
  readonly release: Release | null;
  /** What is in force, each with its file's digest; an empty one where nobody knows its text. */
  readonly digests: ReadonlyMap<string, string>;
  /** What is in force without a file in the release, with its text as the state keeps it; null where it does not. */
  readonly lost: ReadonlyMap<string, string | null>;
}

/**
 * Reads what code has in force. What is registered counts, not the release alone: that is gone with its manifest, and there
 * is none where people brought the files so far. A release that the state does not follow yet is the truth by itself.
 */
export function readStanding({ database }: Pick<ServiceParts, 'database'>, release: Release | null): StandingCode {
  const isFollowed = release === null || appliedRelease(database)?.deployId === release.deployId;
  const registered = isFollowed ? [...registeredDatasets(database, 'code')] : [];
  const lost = new Map(
    registered
      .filter((dataset) => !release?.files.has(dataset))
      .map((dataset) => [dataset, registeredText(database, dataset, 'code')]),
  );
  const ofLost = [...lost].map(([dataset, text]) => [dataset, text === null ? '' : fileDigest(text)] as const);
  return { release, digests: new Map([...(release?.files ?? []), ...ofLost]), lost };
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
  throw new DliError('DLI-505', `The server has neither the file nor the text of ${listed(unknown)}`, {
    hints: ['Send every code spec; or remove what is not sent: dli workflow deploy --prune'],
  });
}

/** Says which specs a deploy writes although nobody sent them. */
export function lostWarnings(written: readonly string[]): readonly string[] {
  if (written.length === 0) return [];
  return [`${listed(written)} had no good file in the release; what is in force is written anew`];
}

/** Names that a message lists before it only counts. */
const mostListed = 10;

function listed(datasets: readonly string[]): string {
  const more = datasets.length - mostListed;
  const names = datasets.slice(0, mostListed).join(', ');
  return `${counted(datasets.length, 'code spec')} that ${datasets.length === 1 ? 'is' : 'are'} not sent (${names}${more > 0 ? ` and ${more} more` : ''})`;
}
