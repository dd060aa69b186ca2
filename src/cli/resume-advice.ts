import type { BasecampClient } from '../client/basecamp-client.ts';
import type { Backfill } from '../contract/backfills.ts';
import { isRegistered } from './is-registered.ts';
import { commandLine } from './render/command-line.ts';
import { visibleLine } from './render/visible.ts';
import { resumeCommand } from './resume-command.ts';

/** What there is to type about the dates of a backfill that did not complete. */
export interface ResumeAdvice {
  /** Why they cannot run any more, and what the command is for instead; null when it runs them. */
  readonly obstacle: string | null;
  readonly command: string;
}

/** Asks how to go on with the dates that did not complete; undefined while the backfill goes on or when there are none. */
export async function resumeAdvice(
  client: BasecampClient,
  backfill: Backfill,
  signal: AbortSignal,
): Promise<ResumeAdvice | undefined> {
  const { dataset_name: dataset, revision } = backfill;
  const command = resumeCommand(backfill);
  if (command === undefined) return undefined;
  if (await isRegistered(client, dataset, signal)) return { obstacle: null, command };
  return {
    obstacle: `${visibleLine(dataset)} is not registered any more; what the dates were made of`,
    command: commandLine(['dli', 'workflow', 'show', dataset, '--revision', revision.slice(0, 16)]),
  };
}
