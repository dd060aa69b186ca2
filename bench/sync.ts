import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { diskReadFile } from '../src/spec/disk.ts';
import { parseSpec } from '../src/spec/parse.ts';
import { revisionOf } from '../src/spec/revision.ts';
import { digestNow } from '../src/spec-store/spec-file.ts';
import { folderSource } from '../src/spec-store/spec-source.ts';
import { migrate } from '../src/store/migrate.ts';
import { Database } from '../src/store/sqlite.ts';
import { type Figure, median, quantile } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';

const specs = 10_000;
const folders = 100;
const rounds = 9;
const edits = 20;

/** Measures looks at a folder of 10,000 code specs, each with a SQL file: where nothing changed, and from a save to its effect. */
export async function measureSync(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-sync-'));
  const code = join(folder, 'specs', 'code');
  makeState(join(folder, '.dli'), code);
  const config = join(folder, 'basecamp.yaml');
  writeFileSync(config, 'specs: specs\ncode: {mode: folder}\n');
  const server = await startBenchServer({ config, dataDir: join(folder, '.dli') });
  try {
    await lookOnce(server);
    return [...(await measureUnchanged(server, code)), ...(await measureEdit(server, code))];
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first look reads every file once; from then on it is known what they look like. */
async function lookOnce({ client }: BenchServer): Promise<void> {
  const { unchanged, broken } = await client.workflow.sync();
  if (unchanged !== specs || broken.length > 0) throw new Error(`${unchanged} of ${specs} specs are in force`);
}

/** Writes the files and what a server that has checked them all knows of them. Checking 10,000 takes a minute. */
export function makeState(dataDir: string, code: string): void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'state.sqlite');
  const database = new Database(file);
  migrate(database);
  database.close();
  const sqlite = new DatabaseSync(file);
  sqlite.exec('PRAGMA synchronous = OFF; BEGIN');
  const revision = sqlite.prepare('INSERT INTO revisions (revision, spec, created_at) VALUES (?, ?, 0)');
  const registration = sqlite.prepare(`
    INSERT INTO registrations (dataset, source_type, dataset_key, revision, owner, warehouse, schedule_enabled,
                               reads, writes, registered_at, updated_at)
    VALUES (?1, 'code', ?1, ?2, 'bench@example.com', 'default', 1, '[]', '[]', 0, 0)`);
  const known = sqlite.prepare(`
    INSERT INTO spec_files (source_type, path, dataset, digest, sql_files, signature) VALUES ('code', ?, ?, ?, ?, '')`);
  const source = folderSource(code);
  for (let index = 0; index < specs; index += 1) {
    writeSpec(code, index, 'SELECT 1');
    const [yaml] = pathsOf(code, index);
    const spec = parseSpec({ text: readFileSync(yaml, 'utf8'), file: yaml, readFile: diskReadFile(yaml) });
    const path = relative(code, yaml);
    const sqlFiles = [basename(pathsOf(code, index)[1])];
    revision.run(revisionOf(spec), JSON.stringify(spec));
    registration.run(spec.name, revisionOf(spec));
    known.run(path, spec.name, digestNow(source, { path, sqlFiles }) ?? '', JSON.stringify(sqlFiles));
  }
  sqlite.exec('COMMIT');
  sqlite.close();
}

async function measureUnchanged({ client }: BenchServer, code: string): Promise<readonly Figure[]> {
  const looks: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    looks.push(await timed(() => client.workflow.sync()));
    bare.push(
      await timed(() => {
        for (let index = 0; index < specs; index += 1)
          for (const path of pathsOf(code, index)) statSync(path, { throwIfNoEntry: false });
      }),
    );
  }
  return [
    {
      what: `full sync of ${specs} unchanged specs in a folder, with a SQL file each, median`,
      value: median(looks),
      unit: 'ms',
      goal: { at: 'most', value: 300 },
      baseline: { what: `${2 * specs} bare stat calls`, value: median(bare), unit: 'ms' },
    },
  ];
}

async function measureEdit({ client }: BenchServer, code: string): Promise<readonly Figure[]> {
  const events = await client.events.follow({ kind: 'workflow.updated' });
  const ways: number[] = [];
  for (let edit = 1; edit <= edits; edit += 1) {
    const index = edit * 397;
    ways.push(
      await timed(async () => {
        writeSql(code, index, `SELECT ${edit} AS edited`);
        await events.next();
      }),
    );
  }
  await events.return();
  return [
    {
      what: `one changed file of ${specs}, from the save to its effect, slowest of ${edits}`,
      value: quantile(ways, 1),
      unit: 'ms',
      goal: { at: 'most', value: 1_000 },
      baseline: null,
      note: `median ${Math.round(median(ways))} ms`,
    },
  ];
}

async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function pathsOf(code: string, index: number): readonly [yaml: string, sql: string] {
  const folder = join(code, `team_${index % folders}`);
  return [join(folder, `dataset.bench.sync.set_${index}.yaml`), join(folder, `set_${index}.sql`)];
}

function writeSpec(code: string, index: number, sql: string): void {
  mkdirSync(join(code, `team_${index % folders}`), { recursive: true });
  const text = `name: bench.sync.set_${index}
owner: bench@example.com
team: "@bench"
query_file: set_${index}.sql
schedule: {cron: "0 ${index % 24} 1 1 *"}
`;
  writeFileSync(pathsOf(code, index)[0], text);
  writeSql(code, index, sql);
}

/** As editors and Git do: under another name first. */
function writeSql(code: string, index: number, sql: string): void {
  const [, path] = pathsOf(code, index);
  writeFileSync(`${path}.new`, `${sql}\n`);
  renameSync(`${path}.new`, path);
}
