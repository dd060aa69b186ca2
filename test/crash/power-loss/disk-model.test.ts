import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.ts';
import type { DiskRecord } from './disk-log.ts';
import { DiskModel, type Kept } from './disk-model.ts';

/* The model itself, on logs that are written by hand. */

const open = (path: string, file = '1:3'): DiskRecord => ({
  kind: 'open',
  file,
  path,
  creates: true,
  truncates: false,
});
const write = (at: number, text: string, file = '1:3'): DiskRecord => ({
  kind: 'write',
  file,
  at,
  data: Buffer.from(text),
});
const begin: DiskRecord = { kind: 'sync-begin', file: '1:3', thread: 1 };
const end: DiskRecord = { kind: 'sync-end', file: '1:3', thread: 1 };

function disk(records: readonly DiskRecord[], kept: Kept, seed = 1): Record<string, string> {
  const model = new DiskModel();
  for (const record of records) model.take(record);
  const files = model.files(kept, seededRandom(seed));
  return Object.fromEntries([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));
}

describe('what a disk may hold when the power goes', () => {
  it('is everything that a sync covers, and nothing else for certain', () => {
    const records = [open('/a'), write(0, 'one '), begin, end, write(4, 'two')];
    expect(disk(records, 'nothing')).toEqual({ '/a': 'one ' });
    expect(disk(records, 'everything')).toEqual({ '/a': 'one two' });
  });

  it('leaves out what was written while the sync lasted', () => {
    expect(disk([open('/a'), begin, write(0, 'late'), end], 'nothing')).toEqual({ '/a': '' });
  });

  it('is nothing of a sync that has not come back', () => {
    expect(disk([open('/a'), write(0, 'one'), begin], 'nothing')).toEqual({});
  });

  it('is any prefix of what no sync covers, and of its last write whole sectors', () => {
    const long = 'x'.repeat(1_024);
    const records = [open('/a'), begin, end, write(0, long), write(1_024, long)];
    const sizes = new Set(Array.from({ length: 200 }, (_, seed) => disk(records, 'prefix', seed)['/a']?.length));
    expect([...sizes].toSorted((one, other) => Number(one) - Number(other))).toEqual([0, 512, 1_024, 1_536, 2_048]);
  });

  it('may lose a write that came before one that it keeps', () => {
    const records = [open('/a'), write(0, 'a'), begin, end, write(0, 'b'), write(1, 'c')];
    const found = new Set(Array.from({ length: 100 }, (_, seed) => disk(records, 'some', seed)['/a']));
    expect(found).toEqual(new Set(['a', 'b', 'ac', 'bc']));
  });

  it('keeps names in their order, those before a sync for certain', () => {
    const renamed: DiskRecord = { kind: 'rename', from: '/a', to: '/b' };
    const records = [open('/a'), write(0, 'one'), begin, end, renamed];
    expect(disk(records, 'nothing')).toEqual({ '/a': 'one' });
    expect(disk(records, 'everything')).toEqual({ '/b': 'one' });
    expect(disk([...records, begin, end], 'nothing')).toEqual({ '/b': 'one' });
    expect(disk([...records, { kind: 'unlink', path: '/b' }, begin, end], 'nothing')).toEqual({});
  });

  it('has zeros where a file was cut and grew again', () => {
    const records = [open('/a'), write(0, 'abcd'), { kind: 'truncate', file: '1:3', size: 1 } as const, write(3, 'z')];
    expect(disk(records, 'everything')).toEqual({ '/a': 'a\0\0z' });
  });

  it('knows a file that takes the name of one that was removed', () => {
    const records = [open('/a'), write(0, 'old'), { kind: 'unlink', path: '/a' } as const, open('/a', '1:4')];
    expect(disk([...records, write(0, 'new', '1:4')], 'everything')).toEqual({ '/a': 'new' });
  });
});
