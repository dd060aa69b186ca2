import { defineCommand } from '../command.ts';
import { revisionLines } from '../render/revision.ts';
import { workflowLines } from '../render/workflow.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: {
    revision: {
      kind: 'text',
      takes: 'REVISION|RUN_ID',
      summary: 'Instead: the exact spec and SQL of this revision (its beginning will do), or of this run',
    },
  },
  examples: [
    'iceberg.analytics.daily_clicks',
    'iceberg.analytics.daily_clicks --format json',
    'iceberg.analytics.daily_clicks --revision daily_clicks_20240115_093045',
  ],
  run: async ({ args, options }, { io, connect, format, json, say, maxWidth }) => {
    const client = await connect();
    if (options.revision !== undefined) {
      const revision = await client.workflow.revision(
        { dataset: args.dataset, revision: options.revision },
        { signal: io.signal },
      );
      if (format === 'json') json(revision);
      else say(...revisionLines(revision, io.timeZone));
      return 0;
    }
    const workflow = await client.workflow.show({ dataset: args.dataset }, { signal: io.signal });
    if (format === 'json') json(workflow);
    else say(...workflowLines(workflow, { timeZone: io.timeZone, maxWidth }));
    return 0;
  },
});
