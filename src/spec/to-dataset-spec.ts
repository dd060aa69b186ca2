/** The one place where the YAML's snake_case becomes the domain's camelCase. */

import type { NotificationSpec } from '../core/notification.ts';
import { convertValue } from '../core/parameter-values.ts';
import type { DeclaredParameter } from '../core/parameters.ts';
import type { DatasetSpec, ScheduleSpec, SqlText } from './dataset-spec.ts';
import type { SqlTexts } from './read-sql.ts';
import type { SpecYaml } from './spec-schema.ts';

const noSql: SqlText = { sql: '', file: null, origin: { file: '', line: 1, indent: 0, exact: false } };

/** Maps a checked YAML and its SQL to the domain's spec. */
export function toDatasetSpec(yaml: SpecYaml, { query, pre, post }: SqlTexts): DatasetSpec {
  return {
    name: yaml.name,
    owner: yaml.owner,
    team: yaml.team,
    description: yaml.description ?? null,
    domains: yaml.domains,
    tags: yaml.tags,
    queryType: yaml.query_type,
    query,
    preStatements: yaml.pre_statements.map(({ name }, index) => ({ name, ...(pre[index] ?? noSql) })),
    postStatements: yaml.post_statements.map(({ name, continue_on_error }, index) => ({
      name,
      ...(post[index] ?? noSql),
      continueOnError: continue_on_error,
    })),
    parameters: yaml.parameters.map(toParameter),
    dependsOn: yaml.depends_on,
    schema: yaml.schema.map(({ name, type, description }) => ({ name, type, description: description ?? null })),
    versions: yaml.versions.map(({ version, started_at, ended_at, description }) => ({
      version,
      startedAt: started_at ?? null,
      endedAt: ended_at ?? null,
      description: description ?? null,
    })),
    execution: {
      dialect: yaml.execution.dialect ?? null,
      warehouse: yaml.execution.warehouse,
      timeoutSeconds: yaml.execution.timeout_seconds,
    },
    schedule: yaml.schedule ? toSchedule(yaml.schedule) : null,
  };
}

function toParameter(yaml: SpecYaml['parameters'][number]): DeclaredParameter {
  const given = yaml.default ?? undefined;
  const converted = given === undefined ? undefined : convertValue(yaml.type, given);
  return {
    name: yaml.name,
    type: yaml.type,
    required: yaml.required ?? given === undefined,
    default: converted?.ok ? converted.value : undefined,
    description: yaml.description ?? null,
  };
}

function toSchedule(yaml: NonNullable<SpecYaml['schedule']>): ScheduleSpec {
  return {
    enabled: yaml.enabled,
    cron: yaml.cron.trim(),
    timezone: yaml.timezone,
    retry: { maxAttempts: yaml.retry.max_attempts, delaySeconds: yaml.retry.delay_seconds },
    executionDate: yaml.execution_date,
    catchup: yaml.catchup,
    overlap: yaml.overlap,
    notifications: toNotifications(yaml.notifications),
  };
}

function toNotifications(yaml: NonNullable<SpecYaml['schedule']>['notifications']): NotificationSpec {
  return {
    onFailure: yaml.on_failure,
    onSuccess: yaml.on_success,
    onSourceChange: yaml.on_source_change,
    onRecovery: yaml.on_recovery,
    onLate: yaml.on_late ? { afterMinutes: yaml.on_late.after_minutes, to: yaml.on_late.to } : null,
  };
}
