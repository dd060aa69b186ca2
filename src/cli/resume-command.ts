import type { Backfill } from '../contract/backfills.ts';
import { commandLine } from './render/command-line.ts';

/** Writes the command that goes on with the dates which did not complete; undefined while the backfill goes on or when there are none. */
export function resumeCommand({
  dataset_name,
  backfill_id,
  resume_date,
}: Pick<Backfill, 'dataset_name' | 'backfill_id' | 'resume_date'>): string | undefined {
  if (resume_date === null) return undefined;
  return commandLine(['dli', 'workflow', 'backfill', dataset_name, '--resume', backfill_id]);
}
