/** One statement of an SQL text: where it begins, and its first words in upper case without comments. */
export interface ScannedStatement {
  /** Index of its first character that is not blank or comment. */
  readonly start: number;
  readonly line: number;
  readonly keywords: string;
}

const wordsKept = 8;
// One token: a comment, a quoted text (closed or running to the end), a word, or any other character.
const tokens =
  /--[^\n]*|\/\*|[eE]'(?:\\[\s\S]|''|[^'\\])*'?|'(?:''|[^'])*'?|"(?:""|[^"])*"?|\$([A-Za-z_]\w*)?\$|[A-Za-z_][\w$]*|\s+|[\s\S]/g;

/**
 * Splits SQL at its semicolons, for messages that name a statement and its line. DuckDB's own parser decides what runs;
 * this scan only has to agree with it on ordinary text.
 */
export function scanStatements(sql: string): readonly ScannedStatement[] {
  const found: ScannedStatement[] = [];
  let words: string[] = [];
  let start = -1;
  let line = 1;
  let counted = 0;
  const end = () => {
    if (start >= 0) {
      for (let at = sql.indexOf('\n', counted); at >= 0 && at < start; at = sql.indexOf('\n', at + 1)) line += 1;
      counted = start;
      found.push({ start, line, keywords: words.join(' ') });
    }
    words = [];
    start = -1;
  };
  tokens.lastIndex = 0;
  for (let match = tokens.exec(sql); match; match = tokens.exec(sql)) {
    const [token] = match;
    if (token === '/*') tokens.lastIndex = commentEnd(sql, match.index);
    else if (token === ';') end();
    else if (!token.startsWith('--') && token.trim() !== '') {
      if (start < 0) start = match.index;
      if (words.length < wordsKept) words.push(token.length > 40 ? '…' : token.toUpperCase());
      if (/^\$.*\$$/.test(token)) {
        const close = sql.indexOf(token, tokens.lastIndex);
        tokens.lastIndex = close < 0 ? sql.length : close + token.length;
      }
    }
  }
  end();
  return found;
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
