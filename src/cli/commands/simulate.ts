import { DliError } from '../../contract/errors.ts';
import type { WorkflowTick } from '../../contract/ticks.ts';
import { openSchedule, type Tick, type TickRange, type TickRule } from '../../core/schedule.ts';
import { defineCommand, type Given } from '../command.ts';
import { readLocalSpec } from '../local-spec.ts';
import { momentDetails, readMoments } from '../moments.ts';
import { type Column, renderTable } from '../render/table.ts';
import { visibleLine } from '../render/visible.ts';

const mostTicks = 100_000;

const args = {
  spec: {
    summary: 'A spec file, or the name of a dataset whose spec lies below this folder',
    optional: true,
    names: ['file'],
  },
} as const;
const options = {
  cron: { kind: 'text', takes: 'CRON', summary: 'Simulate this cron instead of the schedule of a spec' },
  timezone: { kind: 'text', takes: 'TZ', summary: 'Timezone of --cron, an IANA name; default UTC' },
  from: { kind: 'text', takes: 'TIME', summary: 'The earliest tick, this moment included; default now' },
  to: { kind: 'text', takes: 'TIME', summary: 'The latest tick, this moment included; default no end' },
  limit: { kind: 'integer', short: 'n', takes: 'N', min: 1, summary: 'How many ticks; default 10' },
  path: {
    kind: 'text',
    takes: 'DIR',
    summary: 'Where to look for the spec of a dataset; default here',
    names: ['folder'],
  },
} as const;

export const command = defineCommand({
  args,
  options,
  details: [
    momentDetails,
    "NOTE says what daylight saving did. Times that it skips fire once, right after the gap ('moved from 02:30', 'merges 02:00, 02:30'); of times that occur twice the first fires ('drops the second 01:30'). A cron whose minute or hour starts with * follows elapsed time instead ('drops 02:00', 'second 01:30').",
    'In JSON, next_cursor is the tick after the last one shown: give it as --from to go on.',
  ],
  examples: [
    'iceberg.analytics.daily_clicks',
    'specs/dataset.iceberg.analytics.daily_clicks.yaml --from 2024-01-01 --to 2024-01-07',
    '--cron "0 9 * * MON-FRI" --timezone Asia/Seoul',
    '--cron "0,30 2 * * *" --timezone America/New_York --from 2024-03-09 -n 3',
    '--cron @hourly --timezone Europe/Berlin --from 2024-10-27T00:00Z -n 5 --format json',
  ],
  run: async (given, { io, format, json, say, maxWidth }) => {
    const { rule, isEnabled, executionDate } = readRule(given, io.cwd);
    const schedule = openSchedule(rule);
    const limit = readLimit(given.options.limit);
    const range = readRange(given.options, { timezone: rule.timezone, now: io.now().getTime() });
    const shown: Tick[] = [];
    let further: Tick | undefined;
    for (const tick of schedule.ticks({ ...range, executionDate })) {
      if (shown.length === limit) {
        further = tick;
        break;
      }
      shown.push(tick);
    }
    if (format === 'json') {
      const cursor = further === undefined ? null : instantText(further.scheduledAt);
      json({ items: shown.map(toWire), next_cursor: cursor });
    } else io.stdout.write(renderTable(columns, shown, { maxWidth }));
    if (!isEnabled) say('The schedule is disabled: none of these ticks fires');
    if (shown.length === 0) say(`No tick of '${visibleLine(rule.cron)}' is in that range`);
    if (further && range.to !== undefined) say(`More ticks follow until --to: -n shows more than ${limit}`);
    return 0;
  },
});

type SimulateGiven = Given<typeof args, typeof options>;

interface SimulatedRule {
  readonly rule: TickRule;
  readonly isEnabled: boolean;
  readonly executionDate: NonNullable<TickRange['executionDate']>;
}

function readRule({ args: { spec: target }, options: given }: SimulateGiven, cwd: string): SimulatedRule {
  if (given.cron !== undefined) {
    if (target !== undefined) throw usageError(`Both a spec ('${target}') and --cron are given`);
    return {
      rule: { cron: given.cron, timezone: given.timezone ?? 'UTC' },
      isEnabled: true,
      executionDate: 'same_day',
    };
  }
  if (target === undefined) throw usageError('Neither a spec nor --cron is given');
  if (given.timezone !== undefined) throw usageError('--timezone is given without --cron: a spec has its own');
  const { spec, file } = readLocalSpec(target, { cwd, folder: given.path });
  if (spec.schedule === null) {
    throw new DliError('DLI-400', `Dataset '${spec.name}' has no schedule`, {
      hints: [`Add schedule to ${file}, or simulate a cron: dli workflow simulate --cron "0 9 * * *"`],
    });
  }
  const { cron, timezone, enabled, executionDate } = spec.schedule;
  return { rule: { cron, timezone }, isEnabled: enabled, executionDate };
}

function usageError(message: string): DliError {
  return new DliError('DLI-400', message, {
    hints: ['Allowed: a spec, or --cron with or without --timezone', 'More: dli workflow simulate --help'],
  });
}

function readLimit(given = 10): number {
  if (given <= mostTicks) return given;
  throw new DliError('DLI-400', `--limit is '${given}'`, {
    hints: [`Allowed: 1 to ${mostTicks}; --from goes on after the last tick`],
  });
}

function readRange(
  given: SimulateGiven['options'],
  { timezone, now }: { readonly timezone: string; readonly now: number },
): Pick<TickRange, 'from' | 'to'> {
  const { from = now, to } = readMoments(given, timezone);
  if (to !== undefined && to < from) {
    throw new DliError('DLI-814', `--to ${instantText(to)} is before --from ${instantText(from)}`, {
      hints: ['Give a range that ends after it begins; without --from it begins now'],
    });
  }
  return { from, to };
}

const columns: readonly Column<Tick>[] = [
  { header: 'LOCAL TIME', minWidth: 16, value: ({ localTime }) => localTime },
  { header: 'OFFSET', value: ({ offsetMinutes }) => offsetText(offsetMinutes) },
  { header: 'UTC', minWidth: 16, value: ({ scheduledAt }) => instantText(scheduledAt).slice(0, 16).replace('T', ' ') },
  { header: 'DATE', minWidth: 10, value: ({ executionDate }) => executionDate },
  { header: 'NOTE', value: ({ note }) => note ?? '' },
];

function toWire({ scheduledAt, localTime, executionDate, note }: Tick): WorkflowTick {
  return {
    scheduled_at: instantText(scheduledAt),
    local_time: localTime,
    execution_date: executionDate,
    outcome: null,
    run_id: null,
    reason: null,
    note,
  };
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}

/** Writes `+09:00`; with seconds where the offset has them, before standard time. */
function offsetText(minutes: number): string {
  const seconds = Math.round(Math.abs(minutes) * 60);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, ...(seconds % 60 ? [seconds % 60] : [])];
  return `${minutes < 0 ? '-' : '+'}${parts.map((part) => String(part).padStart(2, '0')).join(':')}`;
}
