import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backfillLabel, isBackfillId, labelSecond, numberLabel, readRunId, runLabel, shortRunId } from './run-id.ts';

const at = Date.UTC(2024, 0, 15, 9, 30, 45, 999);
const part = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,12}$/);
const dataset = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const instant = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });

describe('a run id', () => {
  it('is the dataset and the UTC second', () => {
    expect(runLabel('iceberg.analytics.daily_clicks', at)).toBe('iceberg.analytics.daily_clicks_20240115_093045');
  });

  it('is numbered from its second use on', () => {
    expect([1, 2, 3, 10].map((used) => numberLabel('a_20240115_093045', used, '_'))).toEqual([
      'a_20240115_093045',
      'a_20240115_093045_2',
      'a_20240115_093045_3',
      'a_20240115_093045_10',
    ]);
  });

  it('is never given twice for different labels and uses', () => {
    const use = fc.tuple(dataset, instant, fc.integer({ min: 1, max: 100_000_000 }));
    fc.assert(
      fc.property(use, use, ([one, oneAt, oneUsed], [other, otherAt, otherUsed]) => {
        const labels = [runLabel(one, oneAt), runLabel(other, otherAt)] as const;
        fc.pre(labels[0] !== labels[1] || oneUsed !== otherUsed);
        expect(numberLabel(labels[0], oneUsed, '_')).not.toBe(numberLabel(labels[1], otherUsed, '_'));
      }),
    );
  });

  it('is taken apart into what it was made of', () => {
    const named = fc.oneof(dataset, fc.constantFrom('a_20240115', 'a_20240115_093045', 'a_20240115_093045_2', 'a_1'));
    fc.assert(
      fc.property(named, instant, fc.integer({ min: 1, max: 100_000_000 }), (name, when, use) => {
        const id = numberLabel(runLabel(name, when), use, '_');
        expect(readRunId(id)).toEqual({ dataset: name, labelAt: labelSecond(when), use });
      }),
    );
  });

  it.each([
    '',
    'a',
    '_20240115_093045',
    'a_20241315_093045',
    'a_20240230_093045',
    'a_20240115_250000',
    'a_20240115_093045_',
    'a_20240115_093045_1',
    'a_20240115_093045_02',
    'a_20240115_093045_9999999999999999',
    'a_20240115_093045\n',
    'bf-20240115-093045',
  ])('is not seen in %j', (text) => expect(readRunId(text)).toBeUndefined());

  it('is shortened to what follows its last dot', () => {
    expect(shortRunId('iceberg.analytics.daily_clicks_20240115_093045')).toBe('daily_clicks_20240115_093045');
    expect(shortRunId('daily_clicks_20240115_093045')).toBe('daily_clicks_20240115_093045');
  });

  it('can never be taken for a backfill id, whatever the dataset is called', () => {
    const named = fc.oneof(dataset, fc.constantFrom('bf', 'bf-20240115-093045', 'bf-20240115', 'x.bf-20240115-093045'));
    fc.assert(
      fc.property(named, instant, fc.integer({ min: 1, max: 50 }), (name, when, used) => {
        const id = numberLabel(runLabel(name, when), used, '_');
        expect(isBackfillId(id)).toBe(false);
        expect(isBackfillId(shortRunId(id))).toBe(false);
      }),
    );
  });
});

describe('a backfill id', () => {
  it('is recognised, numbered or not', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 1, max: 50 }), (when, used) => {
        expect(isBackfillId(numberLabel(backfillLabel(when), used, '-'))).toBe(true);
      }),
    );
  });

  it.each(['', 'bf', 'bf-2024-01-15', 'bf-20240115-093045-', 'bf-20240115-093045\n', 'xbf-20240115-093045'])(
    'is not seen in %j',
    (text) => expect(isBackfillId(text)).toBe(false),
  );
});
