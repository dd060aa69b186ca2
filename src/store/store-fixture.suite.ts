import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { BackfillOptions } from '../core/backfill.ts';
import type { NewRun, Run } from '../core/run.ts';
import { openBackfill } from './backfill-progress.ts';
import { migrate } from './migrate.ts';
import type { Bindings } from './prepared-statement.ts';
import { insertBackfill } from './queries/backfills.ts';
import { readEvents } from './queries/events.ts';
import { insertRun } from './queries/runs.ts';
import { Database, type Queries } from './sqlite.ts';

/** Makes a folder that is removed after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dli-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a migrated state file in a folder of its own, or the given one. */
export function openState(file = join(makeFolder(), 'state.sqlite')): Database {
  const database = new Database(file);
  onTestFinished(() => database.close());
  migrate(database);
  return database;
}

/** Reads from the state, and keeps how SQLite finds each answer. */
export function explaining(database: Database): { readonly explained: Queries; readonly plans: readonly string[] } {
  const plans: string[] = [];
  const explain = (sql: string, bindings?: Bindings) => {
    plans.push(...database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, bindings).map(({ detail }) => detail));
  };
  const explained: Queries = {
    get: (sql, bindings) => {
      explain(sql, bindings);
      return database.get(sql, bindings);
    },
    all: (sql, bindings) => {
      explain(sql, bindings);
      return database.all(sql, bindings);
    },
  };
  return { explained, plans };
}

let uids = 0;

/** A run to store; what matters to a test is given. */
export function newRun(changes: Partial<NewRun> = {}): NewRun {
  uids += 1;
  return {
    runUid: `uid-${uids}`,
    dataset: 'main.a',
    sourceType: 'manual',
    runType: 'adhoc',
    executionDate: null,
    params: {},
    revision: 'r1',
    warehouse: 'default',
    logicalAt: 0,
    maxAttempts: 1,
    held: false,
    backfillId: null,
    triggeredBy: 'me',
    createdAt: 0,
    ...changes,
  };
}

/** Stores a run. */
export function storeRun(database: Database, changes: Partial<NewRun> = {}): Promise<Run> {
  return database.write((transaction) => insertRun(transaction, newRun(changes)));
}

/** Stores a backfill of `dates`, acknowledged unless `stored` is false. */
export async function storeBackfill(
  database: Database,
  {
    backfillId = 'bf-1',
    dataset = 'main.a',
    dates,
    stored = true,
    createdAt = 0,
    ...options
  }: {
    readonly backfillId?: string;
    readonly dataset?: string;
    readonly dates: readonly string[];
    readonly stored?: boolean;
    readonly createdAt?: number;
  } & Partial<BackfillOptions & { readonly reason: string }>,
): Promise<readonly Run[]> {
  return database.write((transaction) => {
    insertBackfill(transaction, {
      backfillId,
      dataset,
      startDate: dates[0] ?? '',
      endDate: dates.at(-1) ?? '',
      params: {},
      revision: 'r1',
      totalRuns: dates.length,
      requestedBy: 'me',
      createdAt,
      reason: null,
      parallel: 1,
      reverse: false,
      continueOnFailure: false,
      only: null,
      ticks: false,
      ...options,
    });
    const runs = dates.map((executionDate) =>
      insertRun(
        transaction,
        newRun({ dataset, runType: 'backfill', executionDate, held: true, backfillId, createdAt }),
      ),
    );
    if (stored) openBackfill(transaction, backfillId, note);
    return runs;
  });
}

/** Every event's kind, in order. */
export function eventKinds(database: Database): readonly string[] {
  return readEvents(database, { after: 0, filter: {}, limit: 10_000 }).map(({ kind }) => kind);
}

/** Says who changes something in a test, and when. */
export const note = { at: 1_000, actor: 'test', reason: null };
