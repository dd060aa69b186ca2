import { expect, it } from 'vitest';
import { deployReason } from './deploy-reason.ts';

const commit = { sha: 'abc1234def', ref: 'main', dirty: false, url: null };

it('the reason of what a deploy changed names the commit, as far as it is known', () => {
  expect(deployReason(commit)).toBe('deployed from commit abc1234');
  expect(deployReason({ ...commit, sha: 'release-2026-11', dirty: null })).toBe('deployed from commit release-2026-11');
  expect(deployReason({ ...commit, dirty: true })).toBe(
    'deployed from commit abc1234, with changes that are not committed',
  );
  expect(deployReason(null)).toBe('deployed');
});
