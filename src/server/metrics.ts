import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Database } from '../store/sqlite.ts';
import { EventMetrics } from './event-metrics.ts';
import { addStateGauges } from './state-gauges.ts';

/** Between two samples of how late the event loop is. Each wakes the process, which is most of what an idle server does: at 10 ms, 1 % of a core. */
const samplesEveryMs = 50;

/**
 * What Prometheus reads; `docs/operations.md` describes each. Labels are bounded: states and kinds, never datasets or
 * people.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #events: EventMetrics;

  constructor(database: Database, now: () => number) {
    collectDefaultMetrics({
      register: this.#registry,
      prefix: 'basecamp_',
      eventLoopMonitoringPrecision: samplesEveryMs,
    });
    this.#events = new EventMetrics(database, this.#registry);
    addStateGauges(this.#registry, database, now);
    followCommits(this.#registry, database);
  }

  /** Writes everything in Prometheus' text format. */
  async write(): Promise<{ readonly contentType: string; readonly text: string }> {
    await this.#events.follow();
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}

function followCommits(registry: Registry, database: Database): void {
  const registers = [registry];
  const times = new Histogram({
    name: 'basecamp_store_commit_seconds',
    help: 'From the beginning of a shared commit of the state until it was on disk',
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const sizes = new Histogram({
    name: 'basecamp_store_commit_writes',
    help: 'Writes that shared a commit of the state',
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
    registers,
  });
  database.onCommit(({ ms, writes }) => {
    times.observe(ms / 1000);
    sizes.observe(writes);
  });
}
