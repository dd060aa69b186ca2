import { setImmediate } from 'node:timers/promises';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { EventKind } from '../contract/events.ts';
import { lastEventSeq, readEvents } from '../store/queries/events.ts';
import type { EventRecord } from '../store/rows.ts';
import type { Database } from '../store/sqlite.ts';

const delays = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600];
const pageSize = 500;

const endings: { readonly [kind in EventKind]?: string } = {
  'run.completed': 'COMPLETED',
  'run.failed': 'FAILED',
  'run.killed': 'KILLED',
};
const putBack: { readonly [kind in EventKind]?: string } = {
  'run.retrying': 'retry',
  'run.lost': 'lost',
  'run.waiting': 'waiting',
};
const ticksWithoutRun: { readonly [kind in EventKind]?: string } = {
  'tick.missed': 'missed',
  'tick.skipped_overlap': 'skipped_overlap',
  'tick.skipped_paused': 'skipped_paused',
};

/**
 * Counters and histograms that follow the log of events, so that they count what was committed since the start of the
 * server and nothing else. The log is read when somebody asks, in pages, giving way to other work after each.
 */
export class EventMetrics {
  readonly #database: Database;
  readonly #ended: Counter<'status' | 'run_type' | 'source_type'>;
  readonly #putBack: Counter<'outcome'>;
  readonly #ticks: Counter<'outcome'>;
  readonly #durations: Histogram<'status'>;
  readonly #startDelays: Histogram<'run_type'>;
  readonly #tickDelays: Histogram<'until'>;
  #seq: number;
  #following: Promise<void> | undefined;

  constructor(database: Database, registry: Registry) {
    this.#database = database;
    this.#seq = lastEventSeq(database);
    const registers = [registry];
    this.#ended = new Counter({
      name: 'basecamp_runs_ended_total',
      help: 'Runs that ended since the start of the server',
      labelNames: ['status', 'run_type', 'source_type'],
      registers,
    });
    this.#putBack = new Counter({
      name: 'basecamp_attempts_put_back_total',
      help: 'Attempts after which the run waits again',
      labelNames: ['outcome'],
      registers,
    });
    this.#ticks = new Counter({
      name: 'basecamp_ticks_total',
      help: 'Ticks whose outcome was recorded since the start of the server',
      labelNames: ['outcome'],
      registers,
    });
    const histogram = <Label extends string>(name: string, help: string, label: Label) =>
      new Histogram({ name, help, labelNames: [label], buckets: delays, registers });
    this.#durations = histogram('basecamp_run_duration_seconds', 'From the first start of a run to its end', 'status');
    this.#startDelays = histogram(
      'basecamp_run_start_delay_seconds',
      'From when a run could start to the start of its attempt',
      'run_type',
    );
    this.#tickDelays = histogram(
      'basecamp_tick_delay_seconds',
      'From a tick to its run: until the run was recorded, and until it first started',
      'until',
    );
  }

  /** Counts everything up to the newest event of now. Whoever asks meanwhile waits for the same reading. */
  follow(): Promise<void> {
    this.#following ??= this.#readTo(lastEventSeq(this.#database)).finally(() => {
      this.#following = undefined;
    });
    return this.#following;
  }

  async #readTo(newest: number): Promise<void> {
    while (this.#seq < newest) {
      const events = readEvents(this.#database, { after: this.#seq, filter: {}, limit: pageSize });
      for (const event of events) this.#count(event);
      this.#seq = events.at(-1)?.seq ?? newest;
      if (this.#seq < newest) await setImmediate();
    }
  }

  #count({ kind, at, data }: EventRecord): void {
    const status = endings[kind];
    if (status !== undefined) {
      this.#ended.inc({ status, run_type: String(data.run_type), source_type: String(data.source_type) });
      if (typeof data.duration_seconds === 'number') this.#durations.observe({ status }, data.duration_seconds);
    }
    const outcome = putBack[kind];
    if (outcome !== undefined) this.#putBack.inc({ outcome });
    const withoutRun = ticksWithoutRun[kind];
    if (withoutRun !== undefined) this.#ticks.inc({ outcome: withoutRun }, Number(data.count));
    if (kind === 'run.created' && typeof data.scheduled_at === 'string') {
      this.#ticks.inc({ outcome: 'run' });
      this.#tickDelays.observe({ until: 'recorded' }, secondsBetween(Date.parse(data.scheduled_at), at));
    }
    if (kind === 'run.started') this.#countStart(data);
  }

  #countStart({ run_type, start_delay_seconds, tick_delay_seconds }: EventRecord['data']): void {
    if (typeof start_delay_seconds === 'number')
      this.#startDelays.observe({ run_type: String(run_type) }, start_delay_seconds);
    if (typeof tick_delay_seconds === 'number') this.#tickDelays.observe({ until: 'started' }, tick_delay_seconds);
  }
}

/** A clock that was set back makes no negative time. */
function secondsBetween(from: number, to: number): number {
  return Math.max(0, to - from) / 1000;
}
