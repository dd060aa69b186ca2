import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseSpec } from '../src/spec/parse.ts';
import { revisionOf } from '../src/spec/revision.ts';
import { fileDigest } from '../src/spec-store/file-digest.ts';
import { migrate } from '../src/store/migrate.ts';
import { Database } from '../src/store/sqlite.ts';

/** How much a generated data folder holds. */
export interface StateSize {
  readonly workflows: number;
  readonly runs: number;
  /** A statement that does nothing, under this cron; else specs of the size that specs have, which are due hours from now. */
  readonly cron?: string;
}

const msPerDay = 86_400_000;
/** Days over which the runs are spread: fewer than the server keeps. */
const days = 390;
/** The first day that a run was created on. */
const firstAt = (Math.floor(Date.now() / msPerDay) - days) * msPerDay;

/** The date of a day of the generated history, which begins with day 0. */
export function dateOf(day: number): string {
  return new Date(firstAt + day * msPerDay).toISOString().slice(0, 10);
}

/** The name of one of the generated datasets. Number 0 has every fifth run, and none of them failed. */
export function nameOf(index: number): string {
  return `iceberg.bench.dataset_${String(index).padStart(5, '0')}`;
}

/**
 * Fills a data folder through the store's own schema, in seconds: its spec files, their registrations, and runs that are
 * made inside SQLite, whose indexes are built at the end. Nothing is scheduled and nothing comes from `code`, so that
 * these filters find nothing; the runs that wait are held, so that a server which opens the folder has nothing to do.
 */
export function makeLargeState(dataDir: string, size: StateSize): void {
  const file = join(dataDir, 'state.sqlite');
  const database = new Database(file);
  migrate(database);
  database.close();
  const sqlite = new DatabaseSync(file);
  sqlite.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN');
  insertWorkflows(sqlite, join(dataDir, 'specs', 'manual'), size);
  if (size.runs > 0) insertRuns(sqlite, size);
  sqlite.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  sqlite.close();
}

/** One in ten is paused, one in twenty has no enabled schedule, one in fifty has another owner. */
function insertWorkflows(sqlite: DatabaseSync, folder: string, { workflows: count, cron }: StateSize): void {
  mkdirSync(folder, { recursive: true });
  const revision = sqlite.prepare('INSERT INTO revisions (revision, spec, created_at) VALUES (?, ?, 0)');
  const registration = sqlite.prepare(`
    INSERT INTO registrations (dataset, source_type, dataset_key, revision, owner, warehouse, schedule_enabled,
                               reads, writes, registered_at, updated_at)
    VALUES (?1, 'manual', ?1, ?2, ?3, 'default', ?4, '["iceberg.raw.clicks"]', json_array(?1), 0, 0)`);
  const file = sqlite.prepare(`
    INSERT INTO spec_files (source_type, path, dataset, digest, sql_files, signature)
    VALUES ('manual', ?1 || '.yaml', ?1, ?2, '[]', '')`);
  for (let index = 0; index < count; index += 1) {
    const dataset = nameOf(index);
    const text = cron === undefined ? specText(index) : noopText(index, cron);
    writeFileSync(join(folder, `${dataset}.yaml`), text);
    const spec = parseSpec({ text, file: `manual/${dataset}.yaml` });
    revision.run(revisionOf(spec), JSON.stringify(spec));
    registration.run(dataset, revisionOf(spec), spec.owner, spec.schedule?.enabled ? 1 : 0);
    file.run(dataset, fileDigest(text));
  }
  if (cron !== undefined) return;
  sqlite.exec(
    `INSERT INTO pauses (dataset, paused_at, paused_by)
     SELECT dataset, 0, 'bench' FROM registrations WHERE CAST(substr(dataset, -1) AS INTEGER) = 5`,
  );
}

/** A spec of the size that specs have. Its schedule is due 8 to 13 hours from now: not while something is measured. */
function specText(index: number): string {
  const dataset = nameOf(index);
  const timezone = index % 2 === 0 ? 'Asia/Seoul' : 'UTC';
  const localHour = (new Date().getUTCHours() + 9 + (index % 4) + (timezone === 'UTC' ? 0 : 9)) % 24;
  return `name: ${dataset}
owner: ${index % 50 === 7 ? 'other' : 'bench'}@example.com
team: "@bench"
description: Clicks of a day, by user and country, for the benchmark
domains: [feed]
tags: [daily]
pre_statements:
  - {name: delete_day, sql: "DELETE FROM ${dataset} WHERE dt = {{ execution_date | sql_date }}"}
query_statement: |
  INSERT INTO ${dataset}
  SELECT {{ execution_date | sql_date }}, user_id, country, count(*), count(DISTINCT session_id), avg(seconds)
  FROM iceberg.raw.clicks
  WHERE dt >= {{ execution_date | sql_date }} - INTERVAL '{{ lookback_days }}' DAY
  GROUP BY 1, 2, 3
parameters:
  - {name: execution_date, type: date, required: true}
  - {name: lookback_days, type: integer, default: 7}
execution: {dialect: trino}
schedule:
  cron: "${index % 60} ${localHour} * * *"
  timezone: ${timezone}
  enabled: ${index % 20 !== 3}
  retry: {max_attempts: 3, delay_seconds: 300}
`;
}

function noopText(index: number, cron: string): string {
  const timezone = index % 2 === 0 ? 'Asia/Seoul' : 'UTC';
  return `name: ${nameOf(index)}
owner: bench@example.com
team: "@bench"
query_statement: SELECT 1
parameters: [{name: execution_date, type: date}]
schedule: {cron: "${cron}", timezone: ${timezone}}
`;
}

function insertRuns(sqlite: DatabaseSync, { workflows, runs }: StateSize): void {
  const indexes = sqlite
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'runs' AND type = 'index' AND sql IS NOT NULL`)
    .all();
  for (const { name } of indexes) sqlite.exec(`DROP INDEX ${name}`);
  sqlite.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${runs}),
    placed AS (
      SELECT n, iif(n % 5 = 0, 0, n * 7919 % ${workflows}) AS workflow, ${firstAt} + n * ${days * msPerDay - 1} / ${runs} AS at
      FROM numbers
    ),
    facts AS (
      SELECT n, at, printf('iceberg.bench.dataset_%05d', workflow) AS dataset, date(at / 1000, 'unixepoch') AS day,
             CASE WHEN n > ${runs} - 1000 THEN 'PENDING'
                  WHEN workflow = 0 THEN iif(n <= 15, 'KILLED', 'COMPLETED')
                  WHEN n % 50 = 1 THEN 'FAILED'
                  WHEN n % 100 = 2 THEN 'KILLED'
                  ELSE 'COMPLETED' END AS status
      FROM placed
    )
    INSERT INTO runs (run_uid, run_id, label_at, label_use, dataset, source_type, run_type, status, execution_date, params, revision, warehouse,
                      logical_at, max_attempts, attempt, held, published, triggered_by, created_at, started_at, finished_at)
    SELECT printf('%08x-0000-7000-8000-%012x', n / 4096, n), dataset || strftime('_%Y%m%d_%H%M%S', at / 1000, 'unixepoch'), at / 1000, 1, dataset,
           'manual', iif(n % 10 < 3, 'backfill', 'adhoc'), status, day, json_object('execution_date', day, 'lookback_days', 7),
           printf('%064x', n % 100), 'default', at, 3, 1, status = 'PENDING', status = 'COMPLETED', 'bench', at, iif(status = 'PENDING', NULL, at + 50),
           iif(status = 'PENDING', NULL, at + 1000)
    FROM facts ORDER BY n`);
  sqlite.exec(
    'INSERT INTO run_days (first_seq, day) SELECT min(seq), created_at / 86400000 AS day FROM runs GROUP BY day ORDER BY day',
  );
  for (const { sql } of indexes) sqlite.exec(String(sql));
}
