import { DliError, formatPlace } from '../contract/errors.ts';
import { unconfiguredWarnings } from '../core/notification-warnings.ts';
import { scheduleWarnings } from '../core/schedule-warnings.ts';
import type { SpecCheck } from '../spec/check.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { inlineParsed, inlineSpec, type ScheduleOverrides } from '../spec/inline.ts';
import { parseSpec } from '../spec/parse.ts';
import { revisionOf } from '../spec/revision.ts';
import type { Warehouse } from '../warehouses/warehouse.ts';
import type { ServiceParts } from './parts.ts';

/** A spec as a client sends it: the document and the SQL files that it names, by the path that it names them with. */
export interface SpecDocument {
  readonly spec: string;
  readonly file_name: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A spec that was found good: as one self-contained document, and what it means. */
export interface CheckedSpec {
  readonly text: string;
  readonly spec: DatasetSpec;
  readonly revision: string;
  readonly check: SpecCheck;
}

/** What a check needs. */
export type CheckParts = Pick<ServiceParts, 'compiler' | 'templateValues' | 'warehouses'>;

/** Parses, inlines and checks a document; nothing is stored. @throws DLI-801, DLI-805, DLI-813, DLI-815, DLI-816 */
export async function checkDocument(
  parts: CheckParts,
  { spec: text, file_name: file, files, overrides }: SpecDocument & { readonly overrides?: ScheduleOverrides },
): Promise<CheckedSpec> {
  const readFile = (path: string) => (Object.hasOwn(files, path) ? files[path] : undefined);
  // Parsed as it was sent first, so that problems have the places of the user's own files.
  const sent = parseSpec({ text, file, readFile });
  const check = await checkParsed(parts, sent);
  const inlined = overrides
    ? inlineSpec({ text, file, readFile, schedule: overrides })
    : inlineParsed({ text, file, readFile, spec: sent });
  const spec = parseSpec({ text: inlined, file: `${sent.name}.yaml` });
  return { text: inlined, spec, revision: revisionOf(spec), check };
}

/** Checks a parsed spec as the server would run it. @throws DLI-801, DLI-815, DLI-816 with the places */
export async function checkParsed(parts: CheckParts, spec: DatasetSpec): Promise<SpecCheck> {
  const warehouse = warehouseOf(parts, spec);
  const warehouseDialect = warehouse.dialect;
  const check = await parts.compiler.check({ spec, warehouseDialect, ...parts.templateValues });
  await warehouse.parse(check.samples);
  return check;
}

/** Finds the warehouse in which a dataset is to run. @throws DLI-801 when the server has none of that name, or it cannot hold the dataset */
export function warehouseOf(
  { warehouses }: Pick<CheckParts, 'warehouses'>,
  { name, execution }: DatasetSpec,
): Warehouse {
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

/** Says what may surprise about a spec that is good. */
export function registrationWarnings(
  { clock, deliveries, schedules }: Pick<ServiceParts, 'clock' | 'deliveries' | 'schedules'>,
  { spec: { schedule }, check }: Pick<CheckedSpec, 'spec' | 'check'>,
): string[] {
  return [
    ...check.warnings.map((warning) => [formatPlace(warning), warning.message].filter(Boolean).join(': ')),
    ...(schedule ? scheduleWarnings({ ...schedule, zone: schedules.zone(schedule.timezone) }, clock.now()) : []),
    ...(schedule ? unconfiguredWarnings(schedule.notifications, deliveries.configured) : []),
  ];
}
