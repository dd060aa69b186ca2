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

  it.each([
    ['TransactionContext', 'Catalog write-write conflict on create with "t"', true],
    ['TransactionContext', 'Conflict on tuple deletion!', true],
    ['TransactionContext', 'Failed to commit: Transaction conflict: attempting to insert into table "t"', true],
    ['TransactionContext', 'Failed to commit: PRIMARY KEY or UNIQUE constraint violation: duplicate key "1"', true],
    ['TransactionContext', 'Failed to commit: Could not write file "/x/iceberg.duckdb": File too large', false],
    ['Constraint', 'Duplicate key "id: 1" violates primary key constraint', false],
    ['IO', 'conflict', false],
  ])('%s: %s: conflict %s', (type, message, conflict) => {
    expect(attemptError(readDuckdbError(json(type, message)), statement).conflict).toBe(conflict);
  });

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

  it('says what helps against too little memory: not the settings that DuckDB names and a run may not change', () => {
    const text = (message: string) => attemptError(readDuckdbError(json('Out of Memory', message)), statement).message;
    const fact = 'failed to allocate data of size 16.0 MiB (50.2 MiB/61.0 MiB used)';
    expect(text(`${fact}\n\nPossible solutions:\n* Reducing the number of threads (SET threads=X)\n\nSee also x`)).toBe(
      `out of memory: ${fact}. Raise memory_limit of the warehouse in basecamp.yaml, or let the query work on less at a time`,
    );
    expect(
      text(
        "failed to offload data block of size 256.0 KiB (1 GiB/1 GiB used).\nThis limit was set by the 'max_temp_directory_size' setting.\nYou can adjust this setting, by using (for example) PRAGMA max_temp_directory_size='10GiB'",
      ),
    ).toBe(
      "out of memory: failed to offload data block of size 256.0 KiB (1 GiB/1 GiB used). Free space in the server's data folder, or let the query work on less at a time",
    );
  });
});
