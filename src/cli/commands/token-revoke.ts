import { defineCommand } from '../command.ts';
import { idempotencyKeyOption } from '../idempotency-option.ts';
import { visibleLine } from '../render/visible.ts';
import { folderDetails, folderOptions, withTokens } from '../token-calls.ts';

export const command = defineCommand({
  args: { token: { summary: 'Id or name of the token, as list prints it; never the token itself' } },
  options: { ...folderOptions, 'idempotency-key': idempotencyKeyOption },
  details: [
    'Requests with it are refused from then on, and streams that it opened end within seconds. When the last token is revoked, a server that only its own machine reaches asks for none any more; one that others reach answers nobody.',
    folderDetails,
  ],
  examples: ['ci', 'ci --format json'],
  run: async ({ args, options }, context) => {
    const { data, config, 'idempotency-key': idempotencyKey } = options;
    const revoked = await withTokens(context, { data, config, idempotencyKey }, (tokens) => tokens.revoke(args.token));
    if (context.format === 'json') context.json(revoked);
    else context.say(`Token revoked: ${visibleLine(revoked.name)}`);
    return 0;
  },
});
