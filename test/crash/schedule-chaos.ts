import { setTimeout as pause } from 'node:timers/promises';
import type { BasecampClient } from '../../src/client/basecamp-client.ts';
import { newIdempotencyKey } from '../../src/client/idempotency-key.ts';
import { type Chaos, insistOnSpec, only, stopRun } from './chaos-clients.ts';
import { appendingSpec } from './datasets.ts';
import type { Random } from './random.ts';
import type { RestartingServer } from './restarting-server.ts';
import { type AskedSchedule, crons, scheduleYaml } from './schedules.ts';

/** Datasets whose schedules come, change, pause and go; `rows` is how much their query goes through. */
const scheduled = [
  { name: 'iceberg.chaos.ticking', rows: 1 },
  { name: 'iceberg.chaos.overlapping', rows: 4_000_000 },
  { name: 'iceberg.chaos.posting_ticks', rows: 1, posts: true },
] as const;
type Scheduled = (typeof scheduled)[number];

/** The scheduled dataset that has a post-statement. */
export const postingTicks = scheduled[2].name;

/**
 * A client that changes schedules without pause: edits, pauses and unpauses, unregisters and registers them again, stops
 * their runs, and lets the machine sleep.
 */
export class ScheduleClient {
  readonly #chaos: Chaos;
  readonly #server: RestartingServer;
  readonly #random: Random;
  readonly #registered = new Set<string>();
  readonly #paused = new Set<string>();
  /** The schedule of each revision that was acknowledged. */
  readonly revisions = new Map<string, AskedSchedule>();

  constructor(chaos: Chaos, random: Random) {
    this.#chaos = chaos;
    this.#server = chaos.server;
    this.#random = random;
  }

  /** Registers all of them, and changes them until the chaos is over. */
  async run(): Promise<void> {
    for (const dataset of scheduled) await this.#save(dataset, this.#randomSchedule());
    while (!this.#chaos.over.aborted) {
      await pause(this.#random.between(20, 200));
      await this.#change(this.#random.pick(scheduled));
    }
  }

  /** Ends every pause and puts no schedule in force, so that nothing new comes. */
  async finish(): Promise<void> {
    for (const dataset of scheduled) {
      if (this.#paused.has(dataset.name)) await this.#togglePause(dataset);
      await this.#save(dataset, { ...this.#randomSchedule(), enabled: false });
    }
  }

  async #change(dataset: Scheduled): Promise<void> {
    const dice = this.#random.between(1, 12);
    if (dice <= 4) await this.#save(dataset, this.#randomSchedule());
    else if (dice <= 8) await this.#togglePause(dataset);
    else if (dice === 9) await this.#unregister(dataset);
    else if (dice === 10) await this.#server.freeze(this.#random.between(50, 1_200));
    else await this.#stopOne(dataset);
  }

  #randomSchedule(): AskedSchedule {
    const { pick, onceIn } = this.#random;
    return {
      enabled: !onceIn(8),
      cron: pick(crons).cron,
      timezone: pick(['UTC', 'Asia/Seoul'] as const),
      executionDate: pick(['same_day', 'previous_day'] as const),
      catchup: pick(['none', 'latest', 'all'] as const),
      overlap: pick(['queue', 'skip'] as const),
    };
  }

  async #save(dataset: Scheduled, schedule: AskedSchedule): Promise<void> {
    const input = { spec: appendingSpec({ ...dataset, schedule: scheduleYaml(schedule) }) };
    const context = { idempotencyKey: newIdempotencyKey() };
    const save = (client: BasecampClient) =>
      this.#registered.has(dataset.name)
        ? client.workflow.update({ dataset: dataset.name, ...input }, { context })
        : client.workflow.register(input, { context });
    // A server that died between the file and the commit has taken the file over at its next start.
    await insistOnSpec(this.#server, save).catch(only('DLI-804'));
    this.#registered.add(dataset.name);
    const { revision } = await this.#server.insist((client) => client.workflow.show({ dataset: dataset.name }));
    this.revisions.set(revision, schedule);
  }

  async #unregister({ name: dataset }: Scheduled): Promise<void> {
    const context = { idempotencyKey: newIdempotencyKey() };
    const input = { params: { dataset }, query: { force: true } };
    try {
      await this.#server.insist((client) => client.workflow.unregister(input, { context })).catch(only('DLI-800'));
      this.#registered.delete(dataset);
    } catch (error) {
      // A tick may make a new run while the others are stopped.
      only('DLI-808')(error);
    }
  }

  async #togglePause({ name: dataset }: Scheduled): Promise<void> {
    if (!this.#registered.has(dataset)) return;
    const context = { idempotencyKey: newIdempotencyKey() };
    if (this.#paused.delete(dataset)) {
      const catchup = this.#random.pick([undefined, 'latest', 'all'] as const);
      const input = { dataset, ...(catchup && { catchup }) };
      await this.#server.insist((client) => client.workflow.unpause(input, { context }));
    } else {
      await this.#server.insist((client) => client.workflow.pause({ dataset }, { context }));
      this.#paused.add(dataset);
    }
  }

  async #stopOne({ name: dataset }: Scheduled): Promise<void> {
    const status = this.#random.pick(['PENDING', 'RUNNING'] as const);
    const filter = { dataset_name: dataset, run_type: 'scheduled', status, limit: 5 } as const;
    const { items } = await this.#server.insist((client) => client.workflow.history(filter));
    if (items.length > 0) await stopRun(this.#chaos, this.#random.pick(items).run_id);
  }
}
