import { expect, it } from 'vitest';
import type { SyncOutcome } from '../services/sync.ts';
import { openState } from '../store/store-fixture.suite.ts';
import { SpecLooks } from './spec-looks.ts';

const outcome = (...troubles: readonly string[]): SyncOutcome => ({ reports: [], troubles, notes: [] });

it('remembers the troubles of each source, whatever a look at the other one finds, and logs what is news', () => {
  const logged: string[] = [];
  const looks = new SpecLooks({ info: (line) => logged.push(line), error: (line) => expect.unreachable(line) });
  const database = openState();
  const config = { specsDir: '/specs', code: { mode: 'folder', maxDeletions: { kind: 'count', value: 1 } } } as const;
  const troubles = () => looks.status(config, { database }).troubles;
  looks.note('manual', outcome(), 1);
  looks.note('code', outcome('code/ cannot be read'), 2);
  looks.note('manual', outcome(), 3);
  expect(troubles()).toEqual(['code/ cannot be read']);
  looks.note('manual', outcome('manual/ cannot be read'), 4);
  looks.note('code', outcome('code/ cannot be read'), 5);
  expect(troubles()).toEqual(['manual/ cannot be read', 'code/ cannot be read']);
  looks.note('code', outcome(), 6);
  expect(troubles()).toEqual(['manual/ cannot be read']);
  looks.note('code', outcome('code/ cannot be read'), 7);
  expect(logged).toEqual(['code/ cannot be read', 'manual/ cannot be read', 'code/ cannot be read']);
  expect(looks.status(config, { database }).looked_at).toBe('1970-01-01T00:00:00.007Z');
});
