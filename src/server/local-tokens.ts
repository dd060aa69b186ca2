import { join } from 'node:path';
import { DliError } from '../contract/errors.ts';
import type { AccessToken, CreatedToken } from '../contract/tokens.ts';
import { unverifiedActor } from '../core/access-rule.ts';
import { createToken, listTokens, revokeToken, type TokenOrder } from '../services/tokens.ts';
import { lockDataFolder } from '../store/data-folder-lock.ts';
import { migrate } from '../store/migrate.ts';
import { Database } from '../store/sqlite.ts';
import { type ConfigSource, readConfig } from './config.ts';
import { makeDataDir } from './data-dir.ts';
import { systemClock } from './system-clock.ts';
import { stateFile } from './wiring.ts';

/** What can be done with tokens, through a server or without one. */
export interface TokenCalls {
  /** Of which server or folder the tokens are, for people. */
  readonly place: string;
  create(order: TokenOrder): Promise<CreatedToken>;
  list(page: {
    readonly all: boolean;
    readonly limit: number;
    readonly cursor: string | undefined;
  }): Promise<{ readonly items: readonly AccessToken[]; readonly next_cursor: string | null }>;
  revoke(token: string): Promise<AccessToken>;
}

/**
 * Works on the tokens of a data folder while no server runs on it: whoever may write there may do so. The folder is held
 * meanwhile, so that no server starts in between.
 *
 * @throws DLI-502 when a server runs on it, DLI-504 for a bad configuration, DLI-505 when the folder cannot be used
 */
export async function withLocalTokens<Result>(
  source: ConfigSource,
  caller: { readonly userName: string | undefined; readonly idempotencyKey: string | undefined },
  use: (tokens: TokenCalls) => Promise<Result>,
): Promise<Result> {
  const { dataDir } = readConfig(source);
  makeDataDir(dataDir);
  const lock = lockOrSay(dataDir);
  try {
    const database = new Database(join(dataDir, stateFile));
    try {
      migrate(database);
      return await use(tokensIn(database, { dataDir, ...caller }));
    } finally {
      database.close();
    }
  } finally {
    lock.release();
  }
}

function tokensIn(
  database: Database,
  {
    dataDir,
    userName,
    idempotencyKey,
  }: {
    readonly dataDir: string;
    readonly userName: string | undefined;
    readonly idempotencyKey: string | undefined;
  },
): TokenCalls {
  const parts = { database, clock: systemClock };
  const caller = { actor: userName === undefined ? 'anonymous' : unverifiedActor(userName), idempotencyKey };
  return {
    place: `data folder ${dataDir}`,
    create: (order) => createToken(parts, caller, order),
    list: async (page) => listTokens(parts, page),
    revoke: (token) => revokeToken(parts, caller, { token }),
  };
}

function lockOrSay(dataDir: string): ReturnType<typeof lockDataFolder> {
  try {
    return lockDataFolder(dataDir);
  } catch (cause) {
    if (!(cause instanceof DliError) || cause.code !== 'DLI-502') throw cause;
    throw new DliError('DLI-502', cause.message, {
      hints: [
        'Ask that server: leave out --data and --config, and set DLI_API_KEY to the token of an admin',
        'Or stop it first; its runs go on at the next start',
      ],
      cause,
    });
  }
}
