/*
 * What a text's first words tell without parsing it. Comments in its front but for those of a line, and semicolons in strings,
 * make it a text of which nothing is known: whoever asks does then what is right for all.
 */

const blanks = String.raw`[ \t\r\n]`;

/** Matches texts that begin with one of `words`, each in capitals, separated by `|`; a blank stands for all that may be between two words. */
export function beginsWith(words: string): RegExp {
  const spaced = words.replaceAll(' ', `${blanks}+`);
  return new RegExp(String.raw`^(?:${blanks}|--[^\r\n]*[\r\n])*(?:${spaced})[ \t\r\n(]`, 'i');
}

/**
 * Tells whether a text is written as one statement for certain; DuckDB makes several of one with a PIVOT whose values it has to
 * look up. Not by one expression, which would take the square of a text's length.
 */
export function isOneStatement(sql: string): boolean {
  const semicolon = sql.indexOf(';');
  return semicolon < 0 || sql.slice(semicolon + 1).trim() === '';
}
