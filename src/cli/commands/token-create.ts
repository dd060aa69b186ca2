import { defineCommand } from '../command.ts';
import { defaultExpiry, readExpiry } from '../expiry.ts';
import { idempotencyKeyOption } from '../idempotency-option.ts';
import { factLines } from '../render/facts.ts';
import { formatTime } from '../render/times.ts';
import { visibleLine } from '../render/visible.ts';
import { roleChoices } from '../role-choices.ts';
import { folderDetails, folderOptions, withTokens } from '../token-calls.ts';

export const command = defineCommand({
  args: {},
  options: {
    role: {
      kind: 'choice',
      choices: roleChoices,
      required: true,
      summary:
        'What it may do: viewer reads, operator also runs, deployer also registers and deploys, admin also makes tokens',
    },
    name: { kind: 'text', takes: 'NAME', summary: 'Who uses it, as events and runs name them; default role and id' },
    expires: {
      kind: 'text',
      takes: 'WHEN',
      summary: `90d, 12h, a date, an instant, or never; default ${defaultExpiry}`,
    },
    ...folderOptions,
    'idempotency-key': idempotencyKeyOption,
  },
  details: [
    'The first token has to be an admin’s. As long as there is one, every request to the server needs a token.',
    folderDetails,
  ],
  examples: ['--role admin', '--role deployer --name ci --expires 90d', '--role admin --name me --data .dli'],
  run: async ({ options }, context) => {
    const { io, format, json, say } = context;
    const order = {
      name: options.name,
      role: options.role,
      expires_at: readExpiry(options.expires ?? defaultExpiry, io.now()),
    };
    const { data, config, 'idempotency-key': idempotencyKey } = options;
    const created = await withTokens(context, { data, config, idempotencyKey }, (tokens) => tokens.create(order));
    if (format === 'json') {
      json(created);
      return 0;
    }
    const { name, role, token_id, expires_at, token } = created;
    say(
      `Token created: ${visibleLine(name)}`,
      ...factLines([
        ['Role', role],
        ['Id', token_id],
        ['Expires', expires_at === null ? 'never' : formatTime(expires_at, { timeZone: io.timeZone })],
        ['Token', token],
      ]),
      'It is shown this once and kept nowhere. Every request needs a token now:',
      `  export DLI_API_KEY=${token}`,
    );
    return 0;
  },
});
