import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Migration, migrate, readMigrations } from './migrate.ts';
import { Database } from './sqlite.ts';
import { makeFolder } from './store-fixture.suite.ts';

const migrations = readMigrations();
const later: Migration = {
  version: migrations.length + 1,
  name: '9999_later.sql',
  sql: 'CREATE TABLE later (n INTEGER)',
};

function open(file: string): Database {
  const database = new Database(file);
  onTestFinished(() => database.close());
  return database;
}

const schemaOf = (database: Database) =>
  database.all("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name");
const versions = (database: Database) =>
  database.all<{ version: number }>('SELECT version FROM migrations ORDER BY version').map(({ version }) => version);

describe('migrations', () => {
  it('are numbered from 1 without a gap', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  });

  it('bring an empty file up to date, and do nothing the second time', () => {
    const database = open(join(makeFolder(), 'state.sqlite'));
    migrate(database);
    const schema = schemaOf(database);
    migrate(database);
    expect(schemaOf(database)).toEqual(schema);
    expect(versions(database)).toEqual(migrations.map(({ version }) => version));
  });

  it('bring every older version to the same schema', () => {
    const steps = [...migrations, later];
    const fresh = open(join(makeFolder(), 'state.sqlite'));
    migrate(fresh, steps);
    for (let known = 1; known < steps.length; known += 1) {
      const database = open(join(makeFolder(), 'state.sqlite'));
      migrate(database, steps.slice(0, known));
      migrate(database, steps);
      expect(schemaOf(database)).toEqual(schemaOf(fresh));
      expect(versions(database)).toEqual(steps.map(({ version }) => version));
    }
  });

  it('are all applied or none', () => {
    const database = open(join(makeFolder(), 'state.sqlite'));
    const broken: Migration = { version: later.version, name: '9999_broken.sql', sql: 'CREATE TABLE x (n); NOT SQL;' };
    expect(() => migrate(database, [...migrations, broken])).toThrow(expect.objectContaining({ code: 'DLI-505' }));
    expect(schemaOf(database)).toEqual([]);
  });

  it('take a changed line ending for the same step, and any other change for a different one', () => {
    const database = open(join(makeFolder(), 'state.sqlite'));
    migrate(database);
    migrate(
      database,
      migrations.map((step) => ({ ...step, sql: step.sql.replaceAll('\n', '\r\n') })),
    );
    const changed = migrations.map((step) => ({ ...step, sql: `${step.sql}\n` }));
    expect(() => migrate(database, changed)).toThrow(
      expect.objectContaining({ code: 'DLI-505', message: expect.stringContaining(migrations[0]?.name ?? '') }),
    );
  });

  it('refuse a file of a newer version and leave every byte of it', () => {
    const file = join(makeFolder(), 'state.sqlite');
    const newer = new Database(file);
    migrate(newer, [...migrations, later]);
    newer.close();
    const before = readFileSync(file);
    const database = new Database(file);
    expect(() => migrate(database)).toThrow(
      expect.objectContaining({ code: 'DLI-505', message: expect.stringContaining('newer dli') }),
    );
    database.close();
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('refuse an SQLite file that is somebody else’s', () => {
    const file = join(makeFolder(), 'state.sqlite');
    const other = new DatabaseSync(file);
    other.exec('CREATE TABLE runs (mine TEXT); INSERT INTO runs VALUES (1)');
    other.close();
    expect(() => migrate(open(file))).toThrow(expect.objectContaining({ code: 'DLI-505' }));
  });

  it('may be applied by many processes at once', async () => {
    const file = join(makeFolder(), 'state.sqlite');
    const script = `
      import { migrate } from ${JSON.stringify(new URL('./migrate.ts', import.meta.url).href)};
      import { Database } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)};
      const database = new Database(${JSON.stringify(file)});
      migrate(database);
      database.close();`;
    const codes = await Promise.all(
      Array.from({ length: 4 }, () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let stderr = '';
        child.stderr.on('data', (text) => {
          stderr += text;
        });
        return new Promise((resolve) => child.on('close', (code) => resolve(code === 0 ? 0 : stderr)));
      }),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(versions(open(file))).toEqual(migrations.map(({ version }) => version));
  });
});
