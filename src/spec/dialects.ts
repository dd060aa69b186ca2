import { nearestName } from '../core/did-you-mean.ts';

/**
 * The dialects that `execution.dialect` can name. In `plain` ones a backslash inside a string literal is an ordinary
 * character, so that doubling the quotes is all that a literal needs; in the others it may escape the closing quote.
 */
export const dialects = {
  athena: 'plain',
  bigquery: 'escape',
  clickhouse: 'escape',
  databricks: 'escape',
  duckdb: 'plain',
  hive: 'escape',
  mysql: 'escape',
  oracle: 'plain',
  postgres: 'plain',
  presto: 'plain',
  redshift: 'escape',
  snowflake: 'escape',
  spark: 'escape',
  sqlite: 'plain',
  trino: 'plain',
  tsql: 'plain',
} as const satisfies Record<string, 'plain' | 'escape'>;

/** Says what is wrong with the name of a dialect; undefined when it is known. */
export function dialectProblem(name: string): string | undefined {
  if (Object.hasOwn(dialects, name)) return undefined;
  const nearest = nearestName(name, Object.keys(dialects));
  const suggestion = nearest === undefined ? '.' : `; did you mean '${nearest}'?`;
  return `Unknown dialect '${name}'${suggestion} Allowed: ${Object.keys(dialects).join(', ')}`;
}

/** Tells whether a backslash in a string literal of `dialect` is an ordinary character. */
export function hasPlainBackslash(dialect: string): boolean {
  return Object.entries(dialects).some(([name, kind]) => name === dialect && kind === 'plain');
}
