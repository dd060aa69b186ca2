/**
 * What the SQL engine gets wrong without saying so, found by running its output: functions that it leaves as they are, and
 * expressions of Trino that mean something else in DuckDB.
 */
import { duckdbFunctions } from './duckdb-functions.ts';
import type { SqlProblem } from './sql.ts';
import { isWholeDivision } from './sql-division.ts';
import { meaningfulTokens, type SqlToken, tokenizeSql } from './sql-tokens.ts';

/** Two dialects. */
export interface DialectPair {
  readonly from: string;
  readonly to: string;
}

const trinoFamily: ReadonlySet<string> = new Set(['trino', 'presto', 'athena']);

// Words that stand in front of a parenthesis without being a function.
const syntax: ReadonlySet<string> = new Set(
  `all and any array as asc between bigint blob by cast char character check cube current_date decimal default delete desc
  distinct double else end escape except exclude exists extract filter float following from full grouping having if ilike in
  inner insert int integer intersect interval into is join key lateral left like limit map not numeric offset on or order
  outer over overlaps partition preceding primary qualify references replace right rollup row rows select set sets similar
  smallint some struct substring table text then time timestamp timestamptz tinyint to try_cast union unique unnest update
  using values varbinary varchar when where window with within tablesample bernoulli system position overlay trim
  coalesce nullif case grouping_id not_null materialized`.split(/\s+/),
);

// Translated to something else than they mean, whatever their arguments are.
const wrong: ReadonlyMap<string, string> = new Map([
  ['format', 'concat or lpad'],
  ['to_char', 'date_format'],
  ['flatten', 'the SQL of the warehouse'],
  ['try', 'try_cast or nullif'],
]);

/** Finds what a translation does not carry over: an error, because the result would be wrong or not run. */
export function translationFault(sql: string, translated: string, pair: DialectPair): SqlProblem | undefined {
  if (pair.to !== 'duckdb') return undefined;
  const tokens = meaningfulTokens(sql);
  if (trinoFamily.has(pair.from)) {
    const call = calls(tokens).find(({ text }) => wrong.has(text.toLowerCase()));
    const instead = call && wrong.get(call.text.toLowerCase());
    if (call && instead) {
      return at(sql, call, `${call.text}() of ${pair.from} has no translation to ${pair.to}: use ${instead}`);
    }
    const division = tokens.findIndex((_, index) => isWholeDivision(tokens, index) === 'whole');
    const sign = tokens[division];
    if (sign) return at(sql, sign, `${divisionDiffers(pair)}: write CAST(… AS double) / …, or floor(…)`);
  }
  const left = calls(meaningfulTokens(translated)).find(({ text }) => !duckdbFunctions.has(text.toLowerCase()));
  if (!left) return undefined;
  const name = left.text.toLowerCase();
  const source = calls(tokens).find(({ text }) => text.toLowerCase() === name);
  const message = `${name}() has no translation from ${pair.from} to ${pair.to}: write it in another way, or write the spec's SQL in ${pair.to} (execution.dialect)`;
  return source ? at(sql, source, message) : { message, line: undefined, column: undefined };
}

/** Finds what may mean something else after translation, depending on the data: warnings. */
export function translationDoubts(sql: string, pair: DialectPair): readonly SqlProblem[] {
  if (pair.to !== 'duckdb' || !trinoFamily.has(pair.from)) return [];
  const tokens = meaningfulTokens(sql);
  const divisions = tokens.flatMap((token, index) =>
    isWholeDivision(tokens, index) === 'unknown'
      ? [at(sql, token, `${divisionDiffers(pair)}: write CAST(… AS double) unless one side is no whole number`)]
      : [],
  );
  const nulls = calls(tokens)
    .filter(({ text }) => ['concat', 'greatest', 'least'].includes(text.toLowerCase()))
    .map((call) =>
      at(
        sql,
        call,
        `${call.text}() is NULL in ${pair.from} when an argument is NULL; ${pair.to} leaves that argument out`,
      ),
    );
  const zones = tokens.flatMap((token, index) =>
    isWords(tokens, index, ['at', 'time', 'zone'])
      ? [at(sql, token, `AT TIME ZONE of a timestamp without a zone means another instant in ${pair.to}`)]
      : [],
  );
  return [...divisions, ...nulls, ...zones];
}

/** Corrects what the engine translates to a function or field that counts differently. */
export function correctTranslation(translated: string, { from, to }: DialectPair): string {
  if (to !== 'duckdb' || !trinoFamily.has(from)) return translated;
  return tokenizeSql(translated)
    .map(({ kind, text }, index, tokens) => {
      if (kind !== 'word') return text;
      // Trino counts complete units; DuckDB's date_diff counts the boundaries in between, and its date_sub complete units.
      if (text === 'DATE_DIFF' && tokens[index + 1]?.text === '(') return 'DATE_SUB';
      // Sunday is 7 in Trino and 0 in DuckDB.
      if (text === 'DAYOFWEEK' && tokens[index - 1]?.text === '(') return 'ISODOW';
      return text;
    })
    .join('');
}

function divisionDiffers({ from, to }: DialectPair): string {
  return `/ of two whole numbers drops the remainder in ${from}, not in ${to}`;
}

function calls(tokens: readonly SqlToken[]): readonly SqlToken[] {
  const named = new Set(
    tokens.flatMap((token, index) => (isDefinition(tokens, index) ? [token.text.toLowerCase()] : [])),
  );
  return tokens.filter(({ kind, text }, index) => {
    if (kind !== 'word' || tokens[index + 1]?.text !== '(') return false;
    const previous = tokens[index - 1]?.text.toLowerCase() ?? '';
    if (['.', 'as', 'into', 'table', 'view', 'exists', 'update'].includes(previous)) return false;
    return !syntax.has(text.toLowerCase()) && !named.has(text.toLowerCase());
  });
}

// `WITH name(a, b) AS (` and `FROM x AS name(a, b)` define a name in front of a parenthesis; so does `FROM x name(a, b)`.
function isDefinition(tokens: readonly SqlToken[], index: number): boolean {
  const previous = tokens[index - 1];
  if (tokens[index]?.kind !== 'word' || tokens[index + 1]?.text !== '(') return false;
  if (previous?.text === ')' || previous?.kind === 'quoted') return true;
  let close = index + 2;
  while (close < tokens.length && tokens[close]?.text !== ')') close++;
  return tokens[close + 1]?.text.toLowerCase() === 'as' && tokens[close + 2]?.text === '(';
}

function isWords(tokens: readonly SqlToken[], index: number, words: readonly string[]): boolean {
  return words.every((word, step) => tokens[index + step]?.text.toLowerCase() === word);
}

function at(sql: string, { offset }: SqlToken, message: string): SqlProblem {
  const before = sql.slice(0, offset).split('\n');
  return { message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
