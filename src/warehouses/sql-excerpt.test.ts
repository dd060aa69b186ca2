import { describe, expect, it } from 'vitest';
import { sqlExcerpt } from './sql-excerpt.ts';

describe('an excerpt of SQL', () => {
  it('is the line with its number, and a caret below the place', () => {
    const sql = `${'SELECT\n'.repeat(9)}  a,\n\tCAST(n AS TINYINT) AS small   \nFROM t`;
    expect(sqlExcerpt(sql, { line: 11, column: 2 })).toEqual(['  11 |  CAST(n AS TINYINT) AS small', '     |  ^']);
    expect(sqlExcerpt(sql, { line: 10, column: 3 })).toEqual(['  10 |   a,', '     |   ^']);
  });

  it('points at the same character however long the line is', () => {
    for (const length of [5, 99, 100, 101, 150, 5_000]) {
      for (const column of [1, 50, 51, 52, 99, 100, 101, length].filter((each) => each <= length)) {
        const sql = `${'.'.repeat(column - 1)}é${'😀'.repeat(length - column)}`;
        const [text = '', caret = ''] = sqlExcerpt(sql, { line: 1, column });
        expect([...text][[...caret].indexOf('^')], `${column} of ${length}`).toBe('é');
        expect([...text].length).toBeLessThan(110);
        expect(text.includes('…')).toBe(length > 100);
      }
    }
  });

  it('is nothing when the place is not known, and has no caret without a column', () => {
    expect(sqlExcerpt('SELECT 1', { line: null, column: null })).toEqual([]);
    expect(sqlExcerpt('SELECT 1', { line: 2, column: 1 })).toEqual([]);
    expect(sqlExcerpt('SELECT 1', { line: 1, column: null })).toEqual(['  1 | SELECT 1']);
  });

  it('stands behind the end of a line where the text ends too early', () => {
    expect(sqlExcerpt('SELECT (1', { line: 1, column: 10 })).toEqual(['  1 | SELECT (1', '    |          ^']);
  });
});
