import type { SyncResult } from '../../contract/workflows.ts';
import { defineCommand } from '../command.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: {},
  options: { 'idempotency-key': idempotencyKeyOption },
  details: [
    'The server keeps a file for each registered spec, in specs/manual below its data folder. It takes over what was added, edited or removed there, as it does at each start, and says what it found. A file with an error is not taken over: the last good spec stays in force, and the exit code is 1.',
  ],
  examples: ['', '--format json'],
  run: async ({ options }, context) => {
    const { format, json, say } = context;
    const client = await context.connect();
    const found = await client.workflow.sync({}, callOptions(context, options['idempotency-key']));
    if (format === 'json') json(found);
    else say(...syncLines(found));
    return found.broken.length === 0 ? 0 : 1;
  },
});

function syncLines({ added, updated, removed, unchanged, broken }: SyncResult): readonly string[] {
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
    ...broken.map(({ dataset_name, error }) => `Not taken over: ${visibleLine(dataset_name)}: ${visibleLine(error)}`),
  ];
}
