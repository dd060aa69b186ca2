import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';

/* What a stopped server has left, read past all of its code. */

/** A row of `runs`, as far as it is judged. */
export interface RunRow {
  readonly run_uid: string;
  readonly run_id: string;
  readonly dataset: string;
  readonly run_type: string;
  readonly status: string;
  readonly execution_date: string;
  readonly logical_at: number;
  readonly published: number;
  readonly uncertain: number;
  readonly owner: string | null;
  readonly backfill_id: string | null;
  readonly superseded: number;
  readonly reason: string | null;
  readonly error: string | null;
}

/** A row of `events`, as far as it is judged. */
export interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly dataset: string | null;
  readonly run_id: string | null;
  readonly backfill_id: string | null;
  /** JSON. */
  readonly data: string;
}

/** A row of `ticks`, with the rule that they followed. */
export interface TickRow {
  readonly dataset: string;
  readonly scheduled_at: number;
  readonly until_at: number;
  readonly count: number;
  readonly outcome: string;
  readonly run_id: string | null;
  readonly reason: string | null;
  readonly recorded_at: number;
  readonly cron: string;
  readonly timezone: string;
  readonly execution_date: string;
}

/** A row of `backfills`, as far as it is judged. */
export interface BackfillRow {
  readonly backfill_id: string;
  readonly status: string;
  readonly stored: number;
  readonly total_runs: number;
  readonly parallel: number;
  readonly reverse: number;
  readonly continue_on_failure: number;
  readonly finished_at: number | null;
}

/** Everything that is judged. */
export interface RecordedState {
  readonly runs: readonly RunRow[];
  readonly events: readonly EventRow[];
  readonly backfills: readonly BackfillRow[];
  readonly openAttempts: readonly { readonly run_uid: string }[];
  readonly dates: readonly DateRow[];
  readonly ticks: readonly TickRow[];
  /** How often a run id is in its dataset's table. */
  readonly rows: ReadonlyMap<string, number>;
  /** How often a run's post-statement has written its run id. */
  readonly posted: ReadonlyMap<string, number>;
  /** Run uids in the ledger, one for each row. */
  readonly ledger: readonly string[];
}

/** A row of `dates`. */
export interface DateRow {
  readonly dataset: string;
  readonly execution_date: string;
  readonly success_run_uid: string | null;
  readonly started_run_uid: string;
  readonly started_status: string;
}

/** Reads what is left in a data folder whose server has stopped. After a crash the files have to be `writable`: opening them mends them. */
export async function readRecordedState(dataDir: string, { writable = false } = {}): Promise<RecordedState> {
  const sqlite = new DatabaseSync(join(dataDir, 'state.sqlite'), { readOnly: !writable });
  // The caller names the columns that the table has.
  const all = <Row>(sql: string) => sqlite.prepare(sql).all() as Row[];
  try {
    return {
      runs: all<RunRow>('SELECT * FROM runs ORDER BY seq'),
      events: all<EventRow>('SELECT * FROM events ORDER BY seq'),
      backfills: all<BackfillRow>('SELECT * FROM backfills ORDER BY seq'),
      openAttempts: all<{ run_uid: string }>('SELECT run_uid FROM attempts WHERE finished_at IS NULL'),
      dates: all<DateRow>('SELECT * FROM dates'),
      ticks: all<TickRow>('SELECT * FROM ticks JOIN tick_rules USING (rule_id) ORDER BY dataset, scheduled_at'),
      ...(await readWarehouse(join(dataDir, 'warehouse', 'iceberg.duckdb'), writable)),
    };
  } finally {
    sqlite.close();
  }
}

async function readWarehouse(
  file: string,
  writable: boolean,
): Promise<Pick<RecordedState, 'rows' | 'posted' | 'ledger'>> {
  const rows = new Map<string, number>();
  const posted = new Map<string, number>();
  if (!existsSync(file)) return { rows, posted, ledger: [] };
  const instance = await DuckDBInstance.create(file, { access_mode: writable ? 'READ_WRITE' : 'READ_ONLY' });
  const connection = await instance.connect();
  const all = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();
  try {
    const tables = await all("SELECT schema_name, table_name FROM duckdb_columns() WHERE column_name = 'run_id'");
    for (const [schema, table] of tables) {
      const counts = String(table).endsWith('_posted') ? posted : rows;
      const found = await all(`SELECT run_id, count(*)::INTEGER FROM "${schema}"."${table}" GROUP BY run_id`);
      for (const [runId, count] of found) counts.set(String(runId), Number(count));
    }
    const [made] = await all("SELECT 1 FROM duckdb_tables() WHERE table_name = 'published_runs'");
    const ledger = made ? await all('SELECT run_uid FROM _dli.published_runs') : [];
    return { rows, posted, ledger: ledger.map(([uid]) => String(uid)) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
