import { describe, expect, it } from 'vitest';
import { attemptError, readDuckdbError } from './sql-error.ts';

const json = (type: string, message: string, rest: object = {}) =>
  new Error(JSON.stringify({ exception_type: type, exception_message: message, ...rest }));
const statement = { label: 'query', sql: 'SELECT é,\n  nope' };

describe('readDuckdbError', () => {
  it('reads JSON, JSON behind a prefix, and text with a prefix', () => {
    expect(readDuckdbError(json('Binder', 'no', { position: '8' }))).toEqual({
      type: 'Binder',
      message: 'no',
      position: 8,
    });
    const behind = new Error(`Parser Error: ${json('Parser', 'no').message}`);
    expect(readDuckdbError(behind)).toEqual({ type: 'Parser', message: 'no', position: null });
    expect(readDuckdbError(new Error('IO Error: no disk'))).toEqual({ type: 'IO', message: 'no disk', position: null });
    expect(readDuckdbError(new Error('{"exception_type" broken'))).toMatchObject({ type: 'Unknown' });
    expect(readDuckdbError('a string')).toMatchObject({ type: 'Unknown', message: 'a string' });
  });
});

describe('attemptError', () => {
  it('counts the position in bytes and gives line and column in characters', () => {
    const error = attemptError(
      readDuckdbError(json('Binder', 'Column "nope" not found', { position: '13' })),
      statement,
    );
    expect(error).toMatchObject({ code: 'DLI-815', statement: 'query', line: 2, column: 3, mendable: false });
  });

  it.each([
    'Parser',
    'Binder',
    'Catalog',
    'Conversion',
    'Constraint',
    'Permission',
    'Not implemented',
    'Invalid Input',
  ])('is not mendable: %s', (type) => {
    expect(attemptError(readDuckdbError(json(type, 'no')), statement).mendable).toBe(false);
  });

  it.each(['Out of Memory', 'IO', 'TransactionContext', 'INTERRUPT', 'INTERNAL', 'FATAL'])(
    'is mendable: %s',
    (type) => {
      expect(attemptError(readDuckdbError(json(type, 'no')), statement).mendable).toBe(true);
    },
  );

  it('strips noise and suggestions out of the system’s catalogs', () => {
    const text = (message: string) => attemptError(readDuckdbError(json('Catalog', message)), statement).message;
    expect(text('Table with name t does not exist!\nDid you mean "pg_sequences"?')).toBe(
      'Table with name t does not exist',
    );
    expect(text('Table with name t does not exist!\nDid you mean "s.t"?')).toBe(
      'Table with name t does not exist. Did you mean "s.t"?',
    );
    expect(text('no\n\nLINE 1: SELECT\n        ^')).toBe('no');
  });
});
