/* Datasets that append one row for each run and delete nothing, so that a second publication shows; and one that only reads. */

/** What makes an appending dataset. */
export interface AppendingDataset {
  readonly name: string;
  /** Rows that the query goes through before it has its one row; `endless` is more than a test lives. */
  readonly rows?: number;
  /** A post-statement that appends the run id to `<name>_posted`. */
  readonly posts?: boolean;
  /** One more pre-statement. @default none */
  readonly before?: string;
  /** One more post-statement. @default none */
  readonly after?: string;
  /** The spec's `schedule`, in YAML. @default none */
  readonly schedule?: string;
}

/** Writes the spec of a dataset that only reads, with the parameters of an appending one: it leaves nothing in the warehouse. */
export function readingSpec({ name, rows = 1 }: Pick<AppendingDataset, 'name' | 'rows'>): string {
  return [
    ...headOf(name, rows),
    'query_statement: |',
    "  SELECT '{{ ds }}', count(*) FROM range({{ rows }}) WHERE hash(range) % 7 = 0",
    '',
  ].join('\n');
}

/** More rows than any test waits for. */
export const endless = 1_000_000_000_000;

/** Writes the spec of an appending dataset; its run takes `execution_date` and, to override the size, `rows`. */
export function appendingSpec({ name, rows = 1, posts = false, before, after, schedule }: AppendingDataset): string {
  const create = (table: string) => `CREATE TABLE IF NOT EXISTS ${table} (run_id VARCHAR, ds VARCHAR, n BIGINT)`;
  return [
    ...headOf(name, rows),
    'pre_statements:',
    `  - {name: create, sql: "${create(name)}"}`,
    ...(posts ? [`  - {name: create_posted, sql: "${create(`${name}_posted`)}"}`] : []),
    ...(before === undefined ? [] : [`  - {name: before, sql: "${before}"}`]),
    'query_statement: |',
    `  INSERT INTO ${name}`,
    "  SELECT '{{ run_id }}', '{{ ds }}', count(*) FROM range({{ rows }}) WHERE hash(range) % 7 = 0",
    ...(posts || after !== undefined ? ['post_statements:'] : []),
    ...(posts ? [`  - {name: note, sql: "INSERT INTO ${name}_posted SELECT '{{ run_id }}', '{{ ds }}', 1"}`] : []),
    ...(after === undefined ? [] : [`  - {name: after, sql: "${after}"}`]),
    ...(schedule === undefined ? [] : [`schedule: ${schedule}`]),
    '',
  ].join('\n');
}

function headOf(name: string, rows: number): readonly string[] {
  return [
    `name: ${name}`,
    'owner: crash@example.com',
    "team: '@crash'",
    'parameters:',
    '  - {name: execution_date, type: date, required: true}',
    `  - {name: rows, type: integer, required: false, default: ${rows}}`,
  ];
}
