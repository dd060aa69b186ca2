import { setTimeout as pause } from 'node:timers/promises';
import { appendingSpec } from '../datasets.ts';
import type { Random } from '../random.ts';
import { type AskedSchedule, crons, scheduleYaml } from '../schedules.ts';
import type { Session } from './session.ts';

/* Schedules on a clock that runs fast: they fire, change, pause and are caught up while the disk is watched. */

/** Datasets with a schedule. */
export const ticking = ['iceberg.power.ticking', 'iceberg.power.skipping'] as const;

/** Changes of schedules in one life of the server. */
const changes = 8;

/** Writes the spec of a dataset with this schedule. */
export function tickingSpec(name: string, schedule: AskedSchedule): string {
  return appendingSpec({ name, schedule: scheduleYaml(schedule) });
}

function randomSchedule({ pick }: Random): AskedSchedule {
  return {
    enabled: true,
    cron: pick(crons).cron,
    timezone: pick(['UTC', 'Asia/Seoul'] as const),
    executionDate: pick(['same_day', 'previous_day'] as const),
    // What a server that is killed leaves behind is caught up by the next one.
    catchup: pick(['latest', 'all', 'all'] as const),
    overlap: pick(['queue', 'skip'] as const),
  };
}

/** Registers the datasets with schedules. */
export async function registerSchedules({ client, random, tell }: Session): Promise<void> {
  for (const dataset of ticking) {
    const schedule = randomSchedule(random);
    const { revision } = await client.workflow.register({ spec: tickingSpec(dataset, schedule) });
    tell({ kind: 'registered', dataset, revision, schedule });
  }
}

/** Edits, pauses and unpauses them while they fire, and reads what became of their ticks. */
export async function changeSchedules(session: Session): Promise<void> {
  const { client, random, tell } = session;
  for (let count = 0; count < changes; count += 1) {
    await pause(random.between(50, 700));
    const dataset = random.pick(ticking);
    if (random.onceIn(3)) {
      const schedule = randomSchedule(random);
      const { revision } = await client.workflow.update({ dataset, spec: tickingSpec(dataset, schedule) });
      tell({ kind: 'updated', dataset, revision, schedule });
    } else {
      await client.workflow.pause({ dataset });
      tell({ kind: 'paused', dataset });
      await pause(random.between(50, 700));
      const catchup = random.pick([undefined, 'latest', 'all'] as const);
      await client.workflow.unpause({ dataset, ...(catchup && { catchup }) });
      tell({ kind: 'unpaused', dataset });
    }
    await readTicks(session, dataset);
  }
}

async function readTicks({ client, tell }: Session, dataset: string): Promise<void> {
  const { items } = await client.workflow.ticks({ dataset });
  const ticks = items.flatMap(({ scheduled_at, outcome }) =>
    outcome === null ? [] : [{ at: Date.parse(scheduled_at), outcome }],
  );
  tell({ kind: 'ticks', dataset, ticks });
}
