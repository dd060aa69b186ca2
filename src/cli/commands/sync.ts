import type { SyncResult } from '../../contract/workflows.ts';
import { defineCommand } from '../command.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: {},
  options: {
    'accept-deletions': {
      kind: 'flag',
      summary: 'Take specs whose files are gone for removed, however many they are',
    },
    'idempotency-key': idempotencyKeyOption,
  },
  details: [
    'The spec store is the folder specs/ below the data folder, or the one that the configuration names: manual/ holds a file for each registered spec, code/ what Git brings. The server takes over what was added, edited or removed there, as it does at each start, on each change and every sync_interval_seconds; this asks for it now and says what was found.',
    'A file with an error is not taken over: the last good spec stays in force, and the exit code is 1. So do all specs whose files are gone, when more than a quarter of code/ or of manual/ would go at once (code.max_deletions).',
  ],
  examples: ['', '--accept-deletions', '--format json'],
  run: async ({ options }, context) => {
    const { format, json, say } = context;
    const client = await context.connect();
    const found = await client.workflow.sync(
      { accept_deletions: options['accept-deletions'] },
      callOptions(context, options['idempotency-key']),
    );
    if (format === 'json') json(found);
    else say(...syncLines(found));
    return found.broken.length + found.held.length + found.troubles.length === 0 ? 0 : 1;
  },
});

function syncLines(found: SyncResult): readonly string[] {
  const { added, updated, removed, unchanged, broken, held, busy, troubles, notes } = found;
  const counts = [
    `${added.length} added`,
    `${updated.length} updated`,
    `${removed.length} removed`,
    `${unchanged} unchanged`,
  ];
  const named = (word: string, names: readonly string[]) => names.map((name) => `${word}: ${visibleLine(name)}`);
  return [
    `Synced: ${counts.join(', ')}`,
    ...named('Added', added),
    ...named('Updated', updated),
    ...named('Removed', removed),
    ...broken.map(({ file, error }) =>
      visibleLine(error.includes(file) ? `Not in force: ${error}` : `Not in force: ${file}: ${error}`),
    ),
    ...held.map(({ dataset_name, reason }) =>
      visibleLine(`Kept, although its file is gone: ${dataset_name}: ${reason}`),
    ),
    ...named('Being written, and looked at again', busy),
    ...troubles.map(visibleLine),
    ...notes.map(visibleLine),
  ];
}
