import { DliError } from '../contract/errors.ts';
import type { SpecCheck } from '../spec/check.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import type { Warehouse } from '../warehouses/warehouse.ts';
import type { ServiceParts } from './parts.ts';

/** A spec that may be put in force. */
export interface CheckedSpec {
  /** One YAML document with its SQL. */
  readonly text: string;
  readonly spec: DatasetSpec;
  readonly revision: string;
  readonly check: SpecCheck;
}

/** What a check needs. */
export type CheckParts = Pick<ServiceParts, 'compiler' | 'templateValues' | 'warehouses'>;

/** Checks a parsed spec as the server would run it. @throws DLI-801, DLI-815, DLI-816 with the places */
export async function checkParsed(parts: CheckParts, spec: DatasetSpec): Promise<SpecCheck> {
  const warehouse = warehouseOf(parts, spec);
  const warehouseDialect = warehouse.dialect;
  const check = await parts.compiler.check({ spec, warehouseDialect, ...parts.templateValues });
  await warehouse.parse(check.samples);
  return check;
}

/** Finds the warehouse in which a dataset is to run. @throws DLI-801 when the server has none of that name, or it cannot hold the dataset */
function warehouseOf({ warehouses }: Pick<CheckParts, 'warehouses'>, { name, execution }: DatasetSpec): Warehouse {
  const warehouse = warehouses.get(execution.warehouse);
  if (!warehouse) {
    throw new DliError('DLI-801', `The server has no warehouse '${execution.warehouse}'`, {
      hints: [`execution.warehouse may be: ${[...warehouses.keys()].join(', ')}`],
    });
  }
  const refusal = warehouse.refusalOf(name);
  if (refusal === undefined) return warehouse;
  throw new DliError('DLI-801', refusal, { hints: ['Give the dataset another name'] });
}
