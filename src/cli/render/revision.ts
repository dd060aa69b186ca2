import type { SpecRevision } from '../../contract/revisions.ts';
import { sourceWord } from './status-words.ts';
import { formatTime } from './times.ts';
import { visibleLine, visibleText } from './visible.ts';
import { statementLines } from './workflow.ts';

/** Writes a revision as a file that could be registered: what is known of it as comments, then the spec. */
export function revisionLines(
  { dataset_name, revision, spec, statements, stored_at, effective, sources }: SpecRevision,
  timeZone: string,
): readonly string[] {
  const whose = sources.map(sourceWord).join(' and ');
  const state = effective ? `in force (${whose})` : sources.length > 0 ? `overridden (${whose})` : 'no longer in force';
  return [
    `# Revision ${revision} of ${visibleLine(dataset_name)}: ${state}`,
    `# Stored ${formatTime(stored_at, { timeZone, precision: 'seconds' })}`,
    ...(spec === null
      ? ['# An earlier version stored it without its YAML: this is its SQL', ...statements.flatMap(statementLines)]
      : visibleText(spec).trimEnd().split('\n')),
  ];
}
