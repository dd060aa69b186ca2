import { DliError, formatPlace } from '../contract/errors.ts';
import type { DryRun } from '../contract/runs.ts';
import { checkParameters } from '../core/parameters.ts';
import { runLabel } from '../core/run-id.ts';
import { findEffective } from './find-workflow.ts';
import type { ServiceParts } from './parts.ts';
import { executionDateOf } from './runs.ts';
import { jsonOf } from './views.ts';

/**
 * Does everything that a run would do but execute: parameters, rendering, translation, binding against the warehouse.
 * Stores nothing.
 *
 * @throws DLI-800, DLI-810, DLI-811, DLI-812, DLI-815 with line and column, DLI-816
 */
export async function dryRun(
  parts: ServiceParts,
  input: { readonly dataset: string; readonly params: Readonly<Record<string, unknown>> },
): Promise<DryRun> {
  const { registration, spec } = findEffective(parts.database, parts.specs, input.dataset);
  const params = checkParameters({ declared: spec.parameters, given: input.params });
  const executionDate = executionDateOf(params);
  const warehouse = parts.warehouses.get(spec.execution.warehouse);
  if (!warehouse) throw new DliError('DLI-816', `The configuration has no warehouse '${spec.execution.warehouse}'`);
  const now = parts.clock.now();
  const compileInput = {
    spec,
    warehouseDialect: warehouse.dialect,
    run: { runId: runLabel(spec.name, now), params, executionDate, ts: new Date(now).toISOString() },
    ...parts.templateValues,
  };
  const compiled = await parts.compiler.compile(compileInput);
  await warehouse.parse(compiled);
  const bound = await warehouse.bind({ dataset: spec.name, statements: compiled.statements });
  const check = await parts.compiler.check({ spec, warehouseDialect: warehouse.dialect, ...parts.templateValues });
  const isBound = (label: string) =>
    bound.filter((statement) => statement.label === label).every((statement) => statement.bound);
  return {
    dataset_name: spec.name,
    revision: registration.revision,
    params: jsonOf(params),
    execution_date: executionDate,
    statements: [
      ...compiled.statements.map(({ label, sql }) => ({
        label,
        phase: 'transaction' as const,
        sql,
        bound: isBound(label),
      })),
      ...compiled.postStatements.map(({ label, sql }) => ({
        label,
        phase: 'after_commit' as const,
        sql,
        bound: false,
      })),
    ],
    reads: [...registration.reads],
    writes: [...registration.writes],
    warnings: check.warnings.map((warning) => [formatPlace(warning), warning.message].filter(Boolean).join(': ')),
  };
}
