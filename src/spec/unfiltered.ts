import type { Problem } from '../contract/errors.ts';
import type { DatasetSpec, SqlText } from './dataset-spec.ts';
import { templateCode } from './template-code.ts';
import { placeIn } from './template-errors.ts';
import { sqlFilters } from './template-names.ts';

/**
 * Warns about parameters of type string and list that stand in SQL without a `sql_…` filter. It looks at `{{ … }}` only,
 * so a value that goes through `{% set %}` first is not seen.
 */
export function unfilteredWarnings(spec: DatasetSpec): readonly Problem[] {
  const risky = spec.parameters.filter(({ type }) => type === 'string' || type === 'list').map(({ name }) => name);
  const texts: readonly SqlText[] = [...spec.preStatements, spec.query, ...spec.postStatements];
  return texts.flatMap((text) =>
    templateCode(text.sql)
      .filter(({ kind }) => kind === 'output')
      .flatMap(({ code, offset }) => warn({ text, code, offset, risky })),
  );
}

function warn({
  text,
  code,
  offset,
  risky,
}: {
  readonly text: SqlText;
  readonly code: string;
  readonly offset: number;
  readonly risky: readonly string[];
}): readonly Problem[] {
  if (sqlFilters.some((filter) => new RegExp(`\\|\\s*${filter}\\b`).test(code))) return [];
  const name = risky.find((candidate) => new RegExp(`(?<![.\\w])${candidate}(?![\\w(=])`).test(code));
  if (name === undefined) return [];
  const before = text.sql.slice(0, offset).split('\n');
  const place = placeIn(text.origin, { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
  return [
    {
      ...place,
      message: `Parameter '${name}' reaches the SQL unfiltered: write {{ ${name} | sql_string }} (or sql_list, sql_identifier)`,
    },
  ];
}
