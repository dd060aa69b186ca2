import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { DliError } from '../contract/errors.ts';
import type { Database } from './sqlite.ts';

/** One step of the schema: a file `NNNN_name.sql`, never changed once released. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

interface AppliedMigration {
  readonly version: number;
  readonly checksum: string;
}

/** Reads the migrations that this version brings, in order. */
export function readMigrations(): readonly Migration[] {
  // The bundle lies one folder higher than this file.
  const folder = new URL(import.meta.url.endsWith('.ts') ? '../../migrations/' : '../migrations/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 4)), name, sql: readFileSync(new URL(name, folder), 'utf8') }));
}

/**
 * Brings the schema up to date, all steps in one transaction.
 *
 * @throws DLI-505 when the file was written by a newer version, when a released step differs from the one that was
 *   applied, or when a step fails (a damaged file, somebody else's tables, a full disk): then nothing is changed
 */
export function migrate(database: Database, migrations: readonly Migration[] = readMigrations()): void {
  try {
    database.execute('BEGIN IMMEDIATE');
    database.execute(
      'CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT',
    );
    const applied = database.all<AppliedMigration>('SELECT version, checksum FROM migrations ORDER BY version');
    checkApplied(applied, migrations);
    for (const migration of migrations.slice(applied.length)) {
      database.execute(migration.sql);
      database.get('INSERT INTO migrations (version, checksum) VALUES (?, ?)', [
        migration.version,
        checksumOf(migration),
      ]);
    }
    database.execute('COMMIT');
  } catch (cause) {
    database.rollBack();
    if (cause instanceof DliError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new DliError('DLI-505', `The state file cannot be brought up to date, and was left as it is: ${message}`, {
      hints: ['Restore it from a copy, or start with another data folder: dli server start --data DIR'],
      cause,
    });
  }
}

function checkApplied(applied: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  for (const { version, checksum } of applied) {
    const known = migrations.find((migration) => migration.version === version);
    if (!known) {
      throw new DliError(
        'DLI-505',
        `The data folder was written by a newer dli (schema ${version}; this one knows ${migrations.length})`,
        {
          hints: ['Install that version or a newer one; the state was not changed'],
        },
      );
    }
    if (checksumOf(known) !== checksum) {
      throw new DliError(
        'DLI-505',
        `The schema step ${known.name} differs from the one that this data folder was made with`,
        {
          hints: ['Install the version of dli that made it; the state was not changed'],
        },
      );
    }
  }
}

function checksumOf({ sql }: Migration): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
}
