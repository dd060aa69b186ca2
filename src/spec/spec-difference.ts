/** How two specs of a dataset differ in what they mean, part by part, in words for people and values for programs. */
import type { SpecDifference } from '../contract/deploys.ts';
import { counted } from '../core/counted.ts';
import type { NotificationSpec, NotificationTarget } from '../core/notification.ts';
import type { DeclaredParameter } from '../core/parameters.ts';
import type { DatasetSpec, ScheduleSpec } from './dataset-spec.ts';
import { lineDifference } from './line-difference.ts';
import { namedSql, type SqlVerdict } from './sql-comparison.ts';

type Kind = SpecDifference['kind'];
type Json = SpecDifference['before'];

/** One part of a spec; null where there is none. */
interface Part {
  readonly path: string;
  readonly kind: Kind;
  readonly value: Json;
}

/**
 * Lists how `after` differs from `before`. `verdicts` tells of statements that are written differently whether that is
 * cosmetic; one that it lacks is taken for a real change.
 */
export function specDifferences(
  before: DatasetSpec,
  after: DatasetSpec,
  verdicts: Readonly<Record<string, SqlVerdict>> = {},
): readonly SpecDifference[] {
  const isWhole = (before.schedule === null) !== (after.schedule === null);
  const old = new Map(partsOf(before, isWhole).map((part) => [part.path, part]));
  const now = partsOf(after, isWhole);
  const gone = [...old.values()].filter(({ path }) => now.every((part) => part.path !== path));
  const changed = now.flatMap((part) => {
    const earlier = old.get(part.path)?.value ?? null;
    return isSame(earlier, part.value) ? [] : [differenceOf(part, earlier, part.value)];
  });
  return [
    ...changed,
    ...gone.filter(({ value }) => value !== null).map((part) => differenceOf(part, part.value, null)),
    ...sqlDifferences(before, after, verdicts),
  ];
}

function differenceOf({ path, kind }: Part, before: Json, after: Json): SpecDifference {
  const text =
    before === null
      ? `${path}: ${wordOf(after)} is new`
      : after === null
        ? `${path}: ${wordOf(before)} is gone`
        : `${path}: ${wordOf(before)} → ${wordOf(after)}`;
  return { path, kind, before, after, cosmetic: kind === 'description', text, lines: [] };
}

function isSame(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

const longestWord = 120;

function wordOf(value: Json): string {
  if (typeof value === 'string' && /^[\w.:/@#-]+$/.test(value)) return value;
  const text = JSON.stringify(value);
  return text.length > longestWord ? `${text.slice(0, longestWord)}…` : text;
}

/** Everything but the SQL. A part that says nothing is null. A schedule that comes or goes as a `whole` is one part. */
function partsOf(spec: DatasetSpec, isWhole: boolean): readonly Part[] {
  const list = (values: readonly string[]): Json => (values.length === 0 ? null : [...values]);
  const described = {
    owner: spec.owner,
    team: spec.team,
    description: spec.description,
    domains: list(spec.domains),
    tags: list(spec.tags),
    query_type: spec.queryType,
    schema: jsonList(spec.schema),
    versions: jsonList(spec.versions),
  };
  return [
    ...scheduleParts(spec.schedule, isWhole),
    ...spec.parameters.flatMap(parameterParts),
    ...named('execution', {
      'execution.warehouse': spec.execution.warehouse,
      'execution.dialect': spec.execution.dialect,
      'execution.timeout_seconds': spec.execution.timeoutSeconds,
    }),
    ...named('lineage', { depends_on: list(spec.dependsOn) }),
    ...named('description', described),
  ];
}

function named(kind: Kind, values: Readonly<Record<string, Json>>): readonly Part[] {
  return Object.entries(values).map(([path, value]) => ({ path, kind, value }));
}

function jsonList(values: readonly object[]): Json {
  return values.length === 0 ? null : JSON.parse(JSON.stringify(values));
}

function scheduleParts(schedule: ScheduleSpec | null, isWhole: boolean): readonly Part[] {
  if (!schedule) return [];
  const { cron, timezone, enabled } = schedule;
  if (isWhole) return named('schedule', { schedule: `${cron} (${timezone})${enabled ? '' : ', disabled'}` });
  const { notifications } = schedule;
  return [
    ...named('schedule', {
      'schedule.enabled': schedule.enabled,
      'schedule.cron': schedule.cron,
      'schedule.timezone': schedule.timezone,
      'schedule.execution_date': schedule.executionDate,
      'schedule.catchup': schedule.catchup,
      'schedule.overlap': schedule.overlap,
      'schedule.retry.max_attempts': schedule.retry.maxAttempts,
      'schedule.retry.delay_seconds': schedule.retry.delaySeconds,
    }),
    ...named('notification', notificationValues(notifications)),
  ];
}

function notificationValues({ onLate, ...lists }: NotificationSpec): Readonly<Record<string, Json>> {
  const targets = (list: readonly NotificationTarget[]): Json =>
    list.length === 0 ? null : list.map(({ type, channel }) => `${type} ${channel}`);
  return {
    'schedule.notifications.on_failure': targets(lists.onFailure),
    'schedule.notifications.on_success': targets(lists.onSuccess),
    'schedule.notifications.on_source_change': targets(lists.onSourceChange),
    'schedule.notifications.on_recovery': targets(lists.onRecovery),
    'schedule.notifications.on_late': onLate && { after_minutes: onLate.afterMinutes, to: targets(onLate.to) },
  };
}

function parameterParts({ name, type, required, default: fallback, description }: DeclaredParameter): readonly Part[] {
  const path = `parameters.${name}`;
  return [
    { path, kind: 'parameter', value: required ? `${type}, required` : type },
    { path: `${path}.default`, kind: 'parameter', value: fallback === undefined ? null : jsonOf(fallback) },
    { path: `${path}.description`, kind: 'description', value: description },
  ];
}

function jsonOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

function sqlDifferences(
  before: DatasetSpec,
  after: DatasetSpec,
  verdicts: Readonly<Record<string, SqlVerdict>>,
): readonly SpecDifference[] {
  const old = new Map(namedSql(before).map(({ label, text }) => [label, text.sql]));
  const now = new Map(namedSql(after).map(({ label, text }) => [label, text.sql]));
  const labels = [...new Set([...now.keys(), ...old.keys()])];
  const texts = labels.flatMap((label) => {
    const [one, other] = [old.get(label), now.get(label)];
    return one?.trim() === other?.trim()
      ? []
      : [sqlDifference(label, { before: one, after: other, verdict: verdicts[label] })];
  });
  return [...texts, ...orderDifferences(before, after)];
}

function sqlDifference(
  path: string,
  {
    before,
    after,
    verdict,
  }: {
    readonly before: string | undefined;
    readonly after: string | undefined;
    readonly verdict: SqlVerdict | undefined;
  },
): SpecDifference {
  const cosmetic = verdict === 'cosmetic';
  const lines = cosmetic ? [] : lineDifference(before ?? '', after ?? '');
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  const amount = `${counted(count('+'), 'line')} added, ${count('-')} removed`;
  const what =
    before === undefined
      ? 'is new'
      : after === undefined
        ? 'is gone'
        : cosmetic
          ? 'is written differently and means the same'
          : verdict === 'real'
            ? `is changed: ${amount}`
            : `is changed (could not be compared): ${amount}`;
  return { path, kind: 'sql', before: null, after: null, cosmetic, text: `SQL of ${path} ${what}`, lines: [...lines] };
}

/** Statements run in the order of the spec; what else a statement says besides its SQL is compared here, too. */
function orderDifferences(before: DatasetSpec, after: DatasetSpec): readonly SpecDifference[] {
  const orders = (spec: DatasetSpec): readonly (readonly [string, readonly { readonly name: string }[]])[] => [
    ['pre_statements', spec.preStatements],
    ['post_statements', spec.postStatements],
  ];
  const old = new Map(orders(before));
  const moved = orders(after).flatMap(([path, statements]) => {
    const common = (these: typeof statements, those: typeof statements) =>
      these.map(({ name }) => name).filter((name) => those.some((other) => other.name === name));
    const earlier = old.get(path) ?? [];
    const [one, other] = [common(earlier, statements), common(statements, earlier)];
    return isSame(one, other) ? [] : [differenceOf({ path, kind: 'sql', value: other }, one, other)];
  });
  const tolerant = (spec: DatasetSpec) => new Map(spec.postStatements.map((post) => [post.name, post.continueOnError]));
  const tolerated = tolerant(before);
  const others = [...tolerant(after)].flatMap(([name, value]) => {
    const earlier = tolerated.get(name);
    const path = `post_statements.${name}.continue_on_error`;
    return earlier === undefined || earlier === value
      ? []
      : [differenceOf({ path, kind: 'execution', value }, earlier, value)];
  });
  return [...moved, ...others];
}
