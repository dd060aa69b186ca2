import type { DeployCommit } from '../contract/deploys.ts';

/** Says of a change that a deploy made it, and from which commit. */
export function deployReason(commit: DeployCommit | null): string {
  if (!commit) return 'deployed';
  // Only a hash is known by its beginning.
  const name = /^[0-9a-f]{8,}$/i.test(commit.sha) ? commit.sha.slice(0, 7) : commit.sha;
  return `deployed from commit ${name}${commit.dirty ? ', with changes that are not committed' : ''}`;
}
