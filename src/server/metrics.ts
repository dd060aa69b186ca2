import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { lastEventSeq, readEvents } from '../store/queries/events.ts';
import { countRegistrations } from '../store/queries/registrations.ts';
import { countUnfinished, oldestWaiting } from '../store/queries/runs.ts';
import type { EventRecord } from '../store/rows.ts';
import type { Database } from '../store/sqlite.ts';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600];
const pageSize = 500;

/**
 * What Prometheus reads. Labels are bounded: states and kinds, never datasets or people. Counters follow the log of
 * events, so they count what was committed and nothing else; gauges are read from the state when they are asked for.
 */
export class Metrics {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #registry = new Registry();
  readonly #ended: Counter<'status' | 'run_type'>;
  readonly #attempts: Counter<'outcome'>;
  readonly #durations: Histogram<'status'>;
  #seq: number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.#seq = lastEventSeq(database);
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'basecamp_' });
    this.#ended = new Counter({
      name: 'basecamp_runs_ended_total',
      help: 'Runs that ended since the start of the server',
      labelNames: ['status', 'run_type'],
      registers,
    });
    this.#attempts = new Counter({
      name: 'basecamp_attempts_put_back_total',
      help: 'Attempts after which the run waits again',
      labelNames: ['outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'basecamp_run_duration_seconds',
      help: 'From the first start of a run to its end',
      labelNames: ['status'],
      buckets: seconds,
      registers,
    });
    this.#addGauges(registers);
  }

  /** Writes everything in Prometheus' text format. */
  async write(): Promise<{ readonly contentType: string; readonly text: string }> {
    this.#follow();
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #addGauges(registers: Registry[]): void {
    const database = this.#database;
    const now = this.#now;
    new Gauge({
      name: 'basecamp_runs',
      help: 'Runs that have not ended',
      labelNames: ['status'],
      registers,
      collect() {
        for (const [status, count] of Object.entries(countUnfinished(database))) this.set({ status }, count);
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
      name: 'basecamp_oldest_waiting_seconds',
      help: 'How long the run that has waited longest could have started by now; 0 when none waits',
      registers,
      collect() {
        const since = oldestWaiting(database, now());
        this.set(since === undefined ? 0 : Math.max(0, (now() - since) / 1000));
      },
    });
  }

  #follow(): void {
    for (;;) {
      const events = readEvents(this.#database, { after: this.#seq, filter: {}, limit: pageSize });
      for (const event of events) this.#count(event);
      this.#seq = events.at(-1)?.seq ?? this.#seq;
      if (events.length < pageSize) return;
    }
  }

  #count({ kind, data }: EventRecord): void {
    const status = { 'run.completed': 'COMPLETED', 'run.failed': 'FAILED', 'run.killed': 'KILLED' }[String(kind)];
    if (status !== undefined) {
      this.#ended.inc({ status, run_type: String(data.run_type) });
      if (typeof data.duration_seconds === 'number') this.#durations.observe({ status }, data.duration_seconds);
    }
    const outcome = { 'run.retrying': 'retry', 'run.lost': 'lost', 'run.waiting': 'waiting' }[String(kind)];
    if (outcome !== undefined) this.#attempts.inc({ outcome });
  }
}
