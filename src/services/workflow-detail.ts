import type { WorkflowDetail } from '../contract/workflows.ts';
import { pickEffective } from '../core/effective-spec.ts';
import { readHistory } from '../store/queries/history.ts';
import { readersOf, standingRegistrationsOf } from '../store/queries/registrations.ts';
import { type SpecFileRecord, specFilesOfDataset } from '../store/queries/spec-files.ts';
import type { Registration } from '../store/rows.ts';
import { explainEffective } from './explain.ts';
import { workflowNotFound } from './find-workflow.ts';
import type { ServiceParts } from './parts.ts';
import { statementsOf } from './revisions.ts';
import { ticksAround } from './ticks.ts';
import { instantOf, runView, workflowView } from './views.ts';

const runsShown = 10;
const ticksShown = 5;

/** Reads everything that is known of a workflow. @throws DLI-800 */
export function getWorkflow(parts: ServiceParts, dataset: string): WorkflowDetail {
  const { database, specs, clock } = parts;
  const registrations = standingRegistrationsOf(database, dataset);
  const registration = pickEffective(registrations);
  if (!registration) throw workflowNotFound(database, dataset);
  const spec = specs.get(registration.revision);
  const files = specFilesOfDataset(database, dataset);
  const ticks = ticksAround(parts, dataset, ticksShown);
  return {
    ...workflowView(database, { ...registration, spec }, { schedules: parts.schedules, now: clock.now() }),
    registrations: registrations.map((one) => ({
      source_type: one.sourceType,
      revision: one.revision,
      effective: one === registration,
      file: fileOfRegistration(files, one),
      spec_error: one.specError,
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

/** The file of a registration; one that is in force goes before one that is broken. */
function fileOfRegistration(files: readonly SpecFileRecord[], { sourceType }: Registration): string | null {
  const its = files.filter((file) => file.sourceType === sourceType);
  const file = its.find(({ error }) => error === null) ?? its[0];
  return file ? `${sourceType}/${file.path}` : null;
}
