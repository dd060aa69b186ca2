import { createHash } from 'node:crypto';
import type { DatasetSpec, SqlText } from './dataset-spec.ts';

/**
 * Digests the meaning of a spec (SHA-256, hex): two specs that do the same have the same revision, however their YAML is
 * written and wherever their SQL is kept.
 */
export function revisionOf(spec: DatasetSpec): string {
  const meaning = {
    ...spec,
    query: meaningOf(spec.query),
    preStatements: spec.preStatements.map(meaningOf),
    postStatements: spec.postStatements.map(meaningOf),
  };
  return createHash('sha256').update(canonicalJson(meaning)).digest('hex');
}

function meaningOf<Sql extends SqlText>({ origin: _, file: __, ...rest }: Sql): object {
  return { ...rest, sql: rest.sql.trim() };
}

/** Writes JSON with the keys of every object in order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
