import type { TokenCalls } from '../server/local-tokens.ts';
import type { OptionSpec } from './command.ts';
import type { CommandContext } from './context.ts';
import { callOptions } from './idempotency-option.ts';

/** Options of the commands of tokens: with one of them they work on a folder instead of asking a server. */
export const folderOptions = {
  data: {
    kind: 'text',
    takes: 'DIR',
    summary: 'Work on this data folder, while no server runs on it',
    names: ['folder'],
  },
  config: {
    kind: 'text',
    takes: 'FILE',
    summary: 'Work on the data folder that this configuration names, while no server runs on it',
    names: ['file'],
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** What {@link folderOptions} say to people. */
export const folderDetails =
  'With --data or --config it needs no server and no token: whoever may write into the data folder may do this, as the user that the server runs as. Without them it asks the running server, which takes an admin’s token in DLI_API_KEY once there is one.';

/** Works on the tokens of the server, or of a data folder where one is given. */
export async function withTokens<Result>(
  context: CommandContext,
  options: {
    readonly data: string | undefined;
    readonly config: string | undefined;
    readonly idempotencyKey?: string | undefined;
  },
  use: (tokens: TokenCalls) => Promise<Result>,
): Promise<Result> {
  const { io } = context;
  const { data, config, idempotencyKey } = options;
  if (data !== undefined || config !== undefined) {
    const { withLocalTokens } = await import('../server/local-tokens.ts');
    const source = { dataDir: data, configFile: config, cwd: io.cwd, env: io.env };
    return withLocalTokens(source, { userName: io.userName(), idempotencyKey }, use);
  }
  const client = await context.connect();
  return use({
    place: client.url,
    create: (order) => client.token.create(order, callOptions(context, idempotencyKey)),
    list: (page) => client.token.list(page, { signal: io.signal }),
    revoke: (token) => client.token.revoke({ token }, callOptions(context, idempotencyKey)),
  });
}
