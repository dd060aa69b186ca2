import { defineCommand } from '../command.ts';
import { backfillLines } from '../render/backfill.ts';
import { resumeCommand } from '../resume-command.ts';
import { refuseRunId } from '../run-or-backfill.ts';

export const command = defineCommand({
  args: { backfill_id: { summary: 'Backfill id, as backfill prints it; it begins with bf-', names: ['backfill'] } },
  options: {},
  examples: ['bf-20240115-093045', 'bf-20240115-093045 --format json'],
  run: async ({ args }, { io, connect, format, json, say }) => {
    refuseRunId(args.backfill_id);
    const client = await connect();
    const backfill = await client.backfill.status({ backfill_id: args.backfill_id }, { signal: io.signal });
    if (format === 'json') json(backfill);
    else say(...backfillLines(backfill, { ...io, resume: resumeCommand(backfill) }));
    return 0;
  },
});
