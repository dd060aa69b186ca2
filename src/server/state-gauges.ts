import { Gauge, type Registry } from 'prom-client';
import { sourceTypeSchema } from '../contract/fields.ts';
import { runTypeSchema } from '../contract/runs.ts';
import { countAvailable, oldestWaiting } from '../store/queries/line.ts';
import { countNotifications } from '../store/queries/outbox.ts';
import { countRegistrations } from '../store/queries/registrations.ts';
import { countUnfinishedByKind } from '../store/queries/runs.ts';
import { countBrokenFiles } from '../store/queries/spec-files.ts';
import type { Database } from '../store/sqlite.ts';

/** Adds what is read from the state when it is asked for. Each leans on an index of what has not ended, which is never much. */
export function addStateGauges(registry: Registry, database: Database, now: () => number): void {
  const registers = [registry];
  new Gauge({
    name: 'basecamp_runs',
    help: 'Runs that have not ended',
    labelNames: ['status', 'run_type', 'source_type'],
    registers,
    collect() {
      for (const status of ['PENDING', 'RUNNING'])
        for (const run_type of runTypeSchema.options)
          for (const source_type of sourceTypeSchema.options) this.set({ status, run_type, source_type }, 0);
      for (const { count, ...labels } of countUnfinishedByKind(database)) this.set(labels, count);
    },
  });
  new Gauge({
    name: 'basecamp_queue_length',
    help: 'Runs that could start now and wait for a place',
    registers,
    collect() {
      this.set(countAvailable(database, now()));
    },
  });
  new Gauge({
    name: 'basecamp_oldest_waiting_seconds',
    help: 'How long the run that has waited longest could have started by now; 0 when none waits',
    registers,
    collect() {
      const since = oldestWaiting(database, now());
      this.set(since === undefined ? 0 : Math.max(0, now() - since) / 1000);
    },
  });
  new Gauge({
    name: 'basecamp_workflows',
    help: 'Registrations',
    registers,
    collect() {
      this.set(countRegistrations(database));
    },
  });
  new Gauge({
    name: 'basecamp_broken_spec_files',
    help: 'Spec files that are not in force; the last good revisions are',
    registers,
    collect() {
      this.set(countBrokenFiles(database));
    },
  });
  new Gauge({
    name: 'basecamp_notifications',
    help: 'Notifications that wait for their target, and that were given up and are still kept',
    labelNames: ['status'],
    registers,
    collect() {
      for (const status of ['waiting', 'given_up'] as const) this.set({ status }, countNotifications(database, status));
    },
  });
}
