/** One statement of an SQL text, from its first character that is not blank or comment up to its semicolon. */
export interface ScannedStatement {
  readonly start: number;
  readonly end: number;
  /** Its first words in upper case, without comments. */
  readonly keywords: string;
  /** Index of a call of the table function `query`, which runs SQL out of a string. */
  readonly queryCall: number | undefined;
}

const wordsKept = 8;
// One token: a comment, a quoted text (closed or running to the end), a dollar quote, a word, blanks, or any other
// character. DuckDB reads U+200B and U+2060 as blanks, and ends a comment at a carriage return too.
const tokens =
  /--[^\n\r]*|\/\*|[eE]'(?:\\[\s\S]|''|[^'\\])*'?|'(?:''|[^'])*'?|"(?:""|[^"])*"?|\$(?:[A-Za-z_]\w*)?\$|[\s\u200b\u2060]+|[A-Za-z_\u0080-\uffff](?:[\w$\u0080-\uffff](?<![\s\u200b\u2060]))*|[\s\S]/g;

/**
 * Splits SQL at its semicolons as DuckDB does: PIVOT aside, which DuckDB makes several statements of. What runs is decided by
 * DuckDB's own parser; this tells the words and places that the parser does not.
 */
export function scanStatements(sql: string): readonly ScannedStatement[] {
  const found: ScannedStatement[] = [];
  const pattern = new RegExp(tokens);
  let current = emptyStatement();
  const finish = (end: number) => {
    const { start, words, queryCall } = current;
    if (start >= 0) found.push({ start, end, keywords: words.join(' '), queryCall });
    current = emptyStatement();
  };
  for (let match = pattern.exec(sql); match; match = pattern.exec(sql)) {
    const [token] = match;
    if (token === '/*') pattern.lastIndex = commentEnd(sql, match.index);
    else if (token === ';') finish(match.index);
    else if (!/^(?:--|[\s\u200b\u2060])/.test(token)) {
      readToken(current, token, match.index);
      if (/^\$.*\$$/.test(token)) pattern.lastIndex = dollarEnd(sql, token, pattern.lastIndex);
    }
  }
  finish(sql.length);
  return found;
}

interface OpenStatement {
  start: number;
  readonly words: string[];
  previous: string;
  queryCall: number | undefined;
}

function emptyStatement(): OpenStatement {
  return { start: -1, words: [], previous: '', queryCall: undefined };
}

function readToken(statement: OpenStatement, token: string, index: number): void {
  if (statement.start < 0) statement.start = index;
  if (statement.words.length < wordsKept) statement.words.push(token.toUpperCase().slice(0, 40));
  if (token === '(' && /^"?query"?$/i.test(statement.previous)) statement.queryCall ??= index;
  statement.previous = token;
}

function dollarEnd(sql: string, quote: string, from: number): number {
  const close = sql.indexOf(quote, from);
  return close < 0 ? sql.length : close + quote.length;
}

// Comments nest, as in PostgreSQL, whose scanner DuckDB uses.
function commentEnd(sql: string, from: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  let depth = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}
