import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

const t = 'iceberg.analytics.functions';
let fixture: DuckdbFixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.dispose());

const run = async (sql: string) => (await execute(fixture.warehouse, workOf(t, sql))).outcome;

// Table functions and volatile functions that were read one by one: they change nothing but the run's own transaction, and the files
// that they read are bounded by the allowed folders. `checkpoint` writes what is committed already. Of the scalar functions
// `setseed` alone has an effect that lasts on its connection; of the others `lasting-functions.test.ts` tells.
const harmless = `
  check_peg_parser checkpoint duckdb_approx_database_count duckdb_columns duckdb_connection_count duckdb_constraints
  duckdb_coordinate_systems duckdb_databases duckdb_dependencies duckdb_extensions duckdb_external_file_cache
  duckdb_functions duckdb_indexes duckdb_keywords duckdb_log_contexts duckdb_logs duckdb_memory duckdb_optimizers
  duckdb_prepared_statements duckdb_schemas duckdb_secret_types duckdb_secrets duckdb_sequences duckdb_settings
  duckdb_table_sample duckdb_tables duckdb_temporary_files duckdb_types duckdb_variables duckdb_views generate_series glob
  icu_calendar_names json_each json_tree parquet_bloom_probe parquet_file_metadata parquet_full_metadata
  parquet_kv_metadata parquet_metadata parquet_scan parquet_schema pg_timezone_names pragma_collations
  pragma_database_size pragma_metadata_info pragma_platform pragma_show pragma_storage_info pragma_table_info
  pragma_user_agent pragma_version range read_blob read_csv read_csv_auto read_duckdb read_json read_json_auto
  read_json_objects read_json_objects_auto read_ndjson read_ndjson_auto read_ndjson_objects read_parquet read_text repeat
  repeat_row seq_scan sniff_csv sql_auto_complete summary test_all_types test_vector_types unnest which_secret
  current_connection_id current_database current_date current_query current_query_id current_schema current_schemas
  current_transaction_id currval error gen_random_uuid get_current_time get_current_timestamp in_search_path nextval now
  random setseed sleep_ms stats today transaction_timestamp txid_current uuid uuidv4 uuidv7`.match(/\w+/g);

describe('DuckDB’s functions', () => {
  it('are either reviewed or refused, so that an upgrade adds none unseen', async () => {
    const created = await run(`CREATE TABLE ${t} AS
      SELECT DISTINCT function_name AS name
      FROM duckdb_functions()
      WHERE function_type = 'table' OR (function_type = 'scalar' AND stability <> 'CONSISTENT')`);
    expect(created).toEqual({ kind: 'succeeded' });
    const { rows } = await fixture.warehouse.preview(t, 1_000);
    const unknown = rows.map(({ name }) => String(name)).filter((name) => !harmless?.includes(name));
    expect(unknown).toContain('enable_logging');
    for (const name of unknown) {
      expect(await run(`SELECT * FROM ${name}('x')`), name).toMatchObject({
        kind: 'failed',
        error: { code: 'DLI-815', message: expect.stringContaining('cannot be used') },
      });
    }
  });
});
