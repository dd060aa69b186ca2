import type { BasecampClient } from '../../client/basecamp-client.ts';
import { DliError } from '../../contract/errors.ts';
import type { Explanation } from '../../contract/explanations.ts';
import { defineCommand } from '../command.ts';
import { explanationLines } from '../render/explanation.ts';
import { looksLikeRunId, refuseBackfillId } from '../run-or-backfill.ts';

export const command = defineCommand({
  args: { id: { summary: 'Run id or dataset name, as history and list print them', names: ['dataset', 'run'] } },
  options: {},
  details: [
    'One sentence that says why it is not running or why it failed, the facts that prove it, and the command that helps.',
    "Times in the sentence are UTC (Z), those of ticks in their schedule's timezone; times among the facts are in yours.",
  ],
  examples: [
    'iceberg.analytics.daily_clicks',
    'daily_clicks_20240115_093045',
    'daily_clicks_20240115_093045 --format json',
  ],
  run: async ({ args }, { io, connect, format, json, say, maxWidth }) => {
    const explanation = await explain(await connect(), args.id, io.signal);
    if (format === 'json') json(explanation);
    else say(...explanationLines(explanation, { timeZone: io.timeZone, maxWidth }));
    return 0;
  },
});

/** A run's id ends with its time; anything else is looked for as a dataset first. */
async function explain(client: BasecampClient, id: string, signal: AbortSignal): Promise<Explanation> {
  const ofRun = () => client.workflow.explainRun({ run_id: id }, { signal });
  refuseBackfillId(id);
  if (looksLikeRunId(id)) return ofRun();
  try {
    return await client.workflow.explain({ dataset: id }, { signal });
  } catch (error) {
    if (error instanceof DliError && error.code === 'DLI-800') return ofRun().catch(() => Promise.reject(error));
    throw error;
  }
}
