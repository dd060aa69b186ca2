/** Splits SQL into tokens, enough to tell literals, quoted names and comments from the rest. Nothing is lost: joined, the tokens are the text. */

/** A token and what it is; `word` is an unquoted name or keyword. */
export interface SqlToken {
  readonly kind: 'string' | 'quoted' | 'comment' | 'word' | 'number' | 'space' | 'sign';
  readonly text: string;
  /** Where it begins, in UTF-16 units. */
  readonly offset: number;
}

const shapes: readonly (readonly [SqlToken['kind'], RegExp])[] = [
  ['space', /\s+/y],
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['string', /'(?:[^']|'')*(?:'|$)/y],
  ['quoted', /"(?:[^"]|"")*(?:"|$)/y],
  ['number', /\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
];

/** Splits a text of a dialect in which quotes are escaped by doubling them. */
export function tokenizeSql(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let offset = 0; offset < sql.length; ) {
    const token = tokenAt(sql, offset);
    tokens.push(token);
    offset += token.text.length;
  }
  return tokens;
}

/** Leaves out space and comments. */
export function meaningfulTokens(sql: string): readonly SqlToken[] {
  return tokenizeSql(sql).filter(({ kind }) => kind !== 'space' && kind !== 'comment');
}

function tokenAt(sql: string, offset: number): SqlToken {
  for (const [kind, shape] of shapes) {
    shape.lastIndex = offset;
    const text = shape.exec(sql)?.[0];
    if (text) return { kind, text, offset };
  }
  return { kind: 'sign', text: sql[offset] ?? '', offset };
}
