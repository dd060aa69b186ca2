import { expect, it } from 'vitest';
import { endLine } from './end-line.ts';

const none = { cancelled: null, timeoutSeconds: 30, ledgerOnly: false } as const;
const cancelled = { kind: 'cancelled', published: false, postIndex: 0 } as const;

it('says why an attempt was cut off and what became of its data', () => {
  expect(endLine(cancelled, { ...none, cancelled: 'stop' })).toBe('stopped; rolled back');
  expect(endLine(cancelled, { ...none, cancelled: 'timeout' })).toBe('timed out after 30 s; rolled back');
  expect(endLine({ ...cancelled, published: true }, { ...none, cancelled: 'shutdown' })).toBe(
    'interrupted: the server shut down; its data is published',
  );
  expect(endLine(cancelled, none)).toBe('cancelled; rolled back');
  expect(endLine({ ...cancelled, published: true }, { ...none, ledgerOnly: true })).toBe(
    'not run again: it was published',
  );
});

it('says what happened to the warehouse', () => {
  expect(endLine({ kind: 'lost', reason: 'the process ended', ours: false }, none)).toBe('lost: the process ended');
  expect(endLine({ kind: 'unavailable', reason: 'x.duckdb is held' }, none)).toBe('waits: x.duckdb is held');
});

it('says nothing of an error, which is logged where it happens, nor of success', () => {
  const error = {
    code: 'DLI-802',
    message: 'boom',
    statement: null,
    line: null,
    column: null,
    mendable: true,
  } as const;
  expect(endLine({ kind: 'failed', published: false, postIndex: 0, error }, none)).toBeUndefined();
  expect(endLine({ kind: 'succeeded' }, none)).toBeUndefined();
});
