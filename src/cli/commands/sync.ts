import type { SyncResult } from '../../contract/workflows.ts';
import { defineCommand } from '../command.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: {},
  options: { 'idempotency-key': idempotencyKeyOption },
  details: ['The server looks at its spec store now and says what it found there.'],
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
