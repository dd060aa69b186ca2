import type { AccessToken } from '../../contract/tokens.ts';
import { defineCommand } from '../command.ts';
import { readPages } from '../pages.ts';
import { type Column, renderTable } from '../render/table.ts';
import { formatTime } from '../render/times.ts';
import { folderDetails, folderOptions, withTokens } from '../token-calls.ts';

export const command = defineCommand({
  args: {},
  options: {
    all: { kind: 'flag', summary: 'Also those that were revoked' },
    ...folderOptions,
  },
  details: [folderDetails],
  examples: ['', '--all --format json'],
  run: async ({ options: { all, data, config } }, context) => {
    const { io, format, json, maxWidth } = context;
    const page = await withTokens(context, { data, config }, (tokens) =>
      readPages((each) => tokens.list({ ...each, all })),
    );
    if (format === 'json') {
      json(page);
      return 0;
    }
    io.stdout.write(renderTable(columns(io.timeZone), page.items, { maxWidth }));
    if (page.items.length === 0) io.stderr.write('No tokens. Make one with: dli server token create --role admin\n');
    return 0;
  },
});

function columns(timeZone: string): readonly Column<AccessToken>[] {
  const time = (instant: string | null) => (instant === null ? 'never' : formatTime(instant, { timeZone }));
  return [
    { header: 'NAME', isWhole: true, value: ({ name }) => name },
    { header: 'ROLE', isWhole: true, value: ({ role }) => role },
    { header: 'STATUS', isWhole: true, value: ({ status }) => status },
    { header: 'EXPIRES', isWhole: true, value: ({ expires_at }) => time(expires_at) },
    { header: 'ID', isWhole: true, value: ({ token_id }) => token_id },
    { header: 'CREATED BY', value: ({ created_by }) => created_by },
  ];
}
