import { describe, expect, it } from 'vitest';
import { scanStatements } from './statement-scan.ts';

const texts = (sql: string) => scanStatements(sql).map(({ start, end }) => sql.slice(start, end));

describe('scanStatements', () => {
  it('splits at semicolons outside quotes and comments', () => {
    expect(texts("SELECT ';', \";\" ; -- ;\nSELECT 2 /* ; /* ; */ ; */; SELECT $$;$$, $a$;$$;$a$, E'\\';'")).toEqual([
      'SELECT \';\', ";" ',
      'SELECT 2 /* ; /* ; */ ; */',
      "SELECT $$;$$, $a$;$$;$a$, E'\\';'",
    ]);
  });

  it('finds nothing in blanks, comments and lone semicolons', () => {
    expect(scanStatements(' ;; -- a\n /* b */ ;\u00a0\u200b')).toEqual([]);
  });

  it('reads the first words through comments, blanks of any kind and carriage returns', () => {
    const words = (sql: string) => scanStatements(sql).map(({ keywords }) => keywords);
    expect(words('/* a */ create\u00a0-- b\r or\u200breplace table t')).toEqual(['CREATE OR REPLACE TABLE T']);
  });

  it('takes unclosed quotes and comments to the end', () => {
    for (const sql of ["SELECT 'a;b", 'SELECT "a;b', 'SELECT /* a;b', 'SELECT $$ a;b', "SELECT E'a;b"])
      expect(scanStatements(sql)).toHaveLength(1);
  });

  it('finds a call of query through quotes and comments, and no other use of the word', () => {
    expect(scanStatements('FROM "Query" /* /* */ */ (\'SELECT 1\')')[0]?.queryCall).toBe(25);
    expect(scanStatements("SELECT query FROM t WHERE 'query(' = 'x'")[0]?.queryCall).toBeUndefined();
  });

  it('is linear in the length of the text', () => {
    expect(scanStatements(`SELECT ${'/*'.repeat(100_000)}`)).toHaveLength(1);
    expect(scanStatements(`SELECT '${"''".repeat(500_000)}'; SELECT ${'x'.repeat(1_000_000)}`)).toHaveLength(2);
  });
});
