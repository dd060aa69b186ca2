import type { EventRow, RecordedState, RunRow, TickRow } from './recorded-state.ts';
import { type AskedSchedule, dateOf, ticksOf } from './schedules.ts';

/*
 * Every tick of every schedule has exactly one outcome. What was in force when is taken from what clients asked for and from
 * when the log of events has it; the ticks of that time are listed by `schedules.ts`, which shares no code with the product.
 */

/**
 * A change of a schedule has the time at which its transaction began; the scheduler looks at the clock after the spec's file is
 * synced, which on a crowded disk is half a second later: on a fast clock, that is two minutes.
 */
const lateMs = 120_000;

/** A time in which a dataset had a schedule: ticks after `from` until `to` (epoch ms) are its own. */
interface Life {
  readonly schedule: AskedSchedule;
  readonly from: number;
  readonly to: number;
}

interface SingleTick extends Pick<TickRow, 'outcome' | 'run_id' | 'reason' | 'recorded_at' | 'cron' | 'timezone'> {
  readonly at: number;
  readonly rule: Pick<AskedSchedule, 'timezone' | 'executionDate'>;
}

/** Judges the ticks; `asked` has the schedule of each revision. Returns every violation, in words. */
export function auditTicks(state: RecordedState, asked: ReadonlyMap<string, AskedSchedule>): readonly string[] {
  const datasets = new Set(state.ticks.map(({ dataset }) => dataset));
  for (const { kind, dataset } of state.events)
    if (kind === 'workflow.registered' && dataset !== null) datasets.add(dataset);
  return [...datasets].flatMap((dataset) => auditDataset(dataset, state, asked));
}

function auditDataset(
  dataset: string,
  { ticks, events, runs }: RecordedState,
  asked: ReadonlyMap<string, AskedSchedule>,
): readonly string[] {
  const own = events.filter((event) => event.dataset === dataset);
  const rows = ticks.filter((row) => row.dataset === dataset);
  const lives = livesOf(own, asked);
  const single = rows.flatMap(singleTicks);
  const violations = [
    ...rows.flatMap(auditRow),
    ...auditCoverage(lives, single),
    ...single.flatMap((tick) => [...auditReason(tick, lives), ...auditPause(tick, own)]),
    ...auditRuns(
      single,
      runs.filter((run) => run.dataset === dataset && run.run_type === 'scheduled'),
    ),
  ];
  return violations.map((violation) => `${dataset}: ${violation}`);
}

/** Which schedule was in force when. Changes that leave cron, zone and date as they are do not end a life of its ticks. */
function livesOf(events: readonly EventRow[], asked: ReadonlyMap<string, AskedSchedule>): readonly Life[] {
  const lives: Life[] = [];
  let open: Omit<Life, 'to'> | undefined;
  for (const { kind, at, data } of events) {
    if (!/^workflow\.(registered|updated|unregistered)$/.test(kind)) continue;
    // Data of these events is an object that names the revision.
    const { revision } = JSON.parse(data) as { readonly revision?: string };
    const schedule = revision === undefined ? undefined : asked.get(revision);
    if (open) lives.push({ ...open, to: at });
    open = schedule?.enabled ? { schedule, from: at } : undefined;
  }
  if (open) lives.push({ ...open, to: Number.POSITIVE_INFINITY });
  return lives;
}

function singleTicks(row: TickRow): readonly SingleTick[] {
  // The column has one of the two values that clients ask for.
  const rule = { timezone: row.timezone, executionDate: row.execution_date } as SingleTick['rule'];
  return ticksOf(row.cron, { from: row.scheduled_at, to: row.until_at }).map((at) => ({ ...row, at, rule }));
}

/** A row counts its ticks, begins and ends with one, and has a run exactly when it says so. */
function auditRow(row: TickRow): readonly string[] {
  const { scheduled_at: from, until_at: to, count, outcome, run_id } = row;
  const ticks = ticksOf(row.cron, { from, to });
  const isWhole = ticks.length === count && ticks[0] === from && ticks.at(-1) === to;
  return [
    ...(isWhole ? [] : [`the ${count} ticks from ${instant(from)} to ${instant(to)} are ${ticks.length}`]),
    ...((outcome === 'run') === (run_id !== null) ? [] : [`the tick at ${instant(from)} is ${outcome} with ${run_id}`]),
  ];
}

/** No gap, no overlap, nothing that was not due. */
function auditCoverage(lives: readonly Life[], single: readonly SingleTick[]): readonly string[] {
  const recorded = new Map(single.map((tick) => [tick.at, tick]));
  const twice = single.length - recorded.size;
  const last = lives.at(-1);
  const required = lives.flatMap((life, index) => {
    const before = lives[index - 1];
    const goesOn = before !== undefined && before.to === life.from && isSameRule(before.schedule, life.schedule);
    const from = life.from + (goesOn ? 1 : lateMs);
    return Number.isFinite(life.to) ? ticksOf(life.schedule.cron, { from, to: life.to }) : [];
  });
  const isDue = ({ at, cron, timezone }: SingleTick) =>
    lives.some(
      ({ schedule, from, to }) =>
        schedule.cron === cron && schedule.timezone === timezone && at > from && at <= to + lateMs,
    );
  return [
    ...(twice === 0 ? [] : [`${twice} ticks have two outcomes`]),
    ...(last === undefined || Number.isFinite(last.to) ? [] : ['its schedule is left in force']),
    ...required.filter((at) => !recorded.has(at)).map((at) => `the tick at ${instant(at)} has no outcome`),
    ...single.filter((tick) => !isDue(tick)).map(({ at, outcome }) => `nothing was due at ${instant(at)}: ${outcome}`),
  ];
}

function isSameRule(one: AskedSchedule, other: AskedSchedule): boolean {
  return one.cron === other.cron && one.timezone === other.timezone && one.executionDate === other.executionDate;
}

/** A tick is left out only as its schedule allows it. */
function auditReason({ at, recorded_at, outcome, reason }: SingleTick, lives: readonly Life[]): readonly string[] {
  // It was decided under the schedule of one of these moments; an edit in between makes either possible.
  const schedules = lives
    .filter(({ from, to }) => to + lateMs >= at && from - lateMs <= recorded_at)
    .map(({ schedule }) => schedule);
  const mayMiss = schedules.some(({ catchup }) => catchup !== 'all') || /at most 1000 ticks/.test(reason ?? '');
  const mayOverlap = schedules.some(({ overlap }) => overlap === 'skip') || /were waiting already/.test(reason ?? '');
  return [
    ...(outcome === 'missed' && !mayMiss ? [`the tick at ${instant(at)} is missed although catchup is all`] : []),
    ...(outcome === 'skipped_overlap' && !mayOverlap ? [`the tick at ${instant(at)} is skipped: ${reason}`] : []),
  ];
}

/**
 * Within a pause every tick is skipped by it, but for those that the end of the pause asked for: they run, unless a run that has
 * not finished is in their way. Outside of a pause, none is skipped by one.
 */
function auditPause({ at, outcome, recorded_at }: SingleTick, events: readonly EventRow[]): readonly string[] {
  const changes = events.filter(({ kind }) => kind === 'workflow.paused' || kind === 'workflow.unpaused');
  const isPausedAt = (time: number) => changes.findLast((event) => event.at <= time)?.kind === 'workflow.paused';
  const nearChange = changes.some((event) => Math.abs(event.at - at) <= lateMs);
  if (nearChange) return [];
  const caughtUp =
    (outcome === 'run' || outcome === 'skipped_overlap') &&
    changes.some(({ kind, at: end }) => kind === 'workflow.unpaused' && end > at && recorded_at >= end - lateMs);
  if (isPausedAt(at) && outcome !== 'skipped_paused' && !caughtUp)
    return [`the tick at ${instant(at)} fell into a pause and is ${outcome}`];
  if (!isPausedAt(at) && outcome === 'skipped_paused')
    return [`the tick at ${instant(at)} is skipped by a pause that was not`];
  return [];
}

/** Each tick that runs has its own run, of its date; each scheduled run has its tick. */
function auditRuns(single: readonly SingleTick[], runs: readonly RunRow[]): readonly string[] {
  const byId = new Map(runs.map((run) => [run.run_id, run]));
  const ticked = single.filter(({ run_id }) => run_id !== null);
  const withTick = new Set(ticked.map(({ run_id }) => run_id));
  return [
    ...(withTick.size === ticked.length ? [] : ['two ticks have one run']),
    ...ticked.flatMap(({ at, run_id, rule }) => {
      const run = byId.get(run_id ?? '');
      const isOwn = run?.logical_at === at && run.execution_date === dateOf(at, rule);
      return isOwn
        ? []
        : [`the tick at ${instant(at)} has the run ${run_id}, which is ${run ? 'not its own' : 'gone'}`];
    }),
    ...runs.filter(({ run_id }) => !withTick.has(run_id)).map(({ run_id }) => `${run_id} has no tick`),
  ];
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
