import type { WorkflowDetail } from '../contract/workflows.ts';
import { pickEffective } from '../core/effective-spec.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { readHistory } from '../store/queries/history.ts';
import { readersOf, registrationsOf } from '../store/queries/registrations.ts';
import { explainEffective } from './explain.ts';
import { findEffective } from './find-workflow.ts';
import type { ServiceParts } from './parts.ts';
import { ticksAround } from './ticks.ts';
import { instantOf, runView, workflowView } from './views.ts';

const runsShown = 10;
const ticksShown = 5;

/** Reads everything that is known of a workflow. @throws DLI-800 */
export function getWorkflow(parts: ServiceParts, dataset: string): WorkflowDetail {
  const { database, specs, clock } = parts;
  const { registration, spec } = findEffective(database, specs, dataset);
  const registrations = registrationsOf(database, dataset);
  const effective = pickEffective(registrations);
  const ticks = ticksAround(parts, dataset, ticksShown);
  return {
    ...workflowView(database, { ...registration, spec }, { schedules: parts.schedules, now: clock.now() }),
    registrations: registrations.map((one) => ({
      source_type: one.sourceType,
      revision: one.revision,
      effective: one.sourceType === effective?.sourceType,
      registered_at: instantOf(one.registeredAt),
      updated_at: instantOf(one.updatedAt),
    })),
    parameters: spec.parameters.map(({ default: fallback, ...parameter }) => ({
      ...parameter,
      default: typeof fallback === 'object' ? [...fallback] : (fallback ?? null),
    })),
    tags: [...spec.tags],
    domains: [...spec.domains],
    warehouse: spec.execution.warehouse,
    dialect: spec.execution.dialect,
    timeout_seconds: spec.execution.timeoutSeconds,
    statements: statementsOf(spec),
    reads: [...registration.reads],
    writes: [...registration.writes],
    read_by: [...readersOf(database, dataset)],
    last_runs: readHistory(database, { dataset }, runsShown).map(runView),
    last_ticks: ticks.last,
    next_ticks: ticks.next,
    explanation: explainEffective(parts, { registration, spec }),
  };
}

function statementsOf({ preStatements, query, postStatements }: DatasetSpec): WorkflowDetail['statements'] {
  return [
    ...preStatements.map(({ name, sql }) => ({ label: name, phase: 'transaction' as const, sql })),
    { label: 'query', phase: 'transaction', sql: query.sql },
    ...postStatements.map(({ name, sql }) => ({ label: name, phase: 'after_commit' as const, sql })),
  ];
}
