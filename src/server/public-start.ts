import { DliError } from '../contract/errors.ts';
import { hasTokens } from '../store/queries/tokens.ts';
import type { Queries } from '../store/sqlite.ts';
import type { ServerConfig } from './config.ts';
import { isLoopback } from './same-host.ts';

/**
 * Refuses to start a server that others reach and that nobody could ask anything. A token that has expired is enough: a restart must
 * not stop the schedules.
 *
 * @throws DLI-504
 */
export function requireTokens({ isPublic, host, hosts, dataDir }: ServerConfig, database: Queries): void {
  if (!isPublic || hasTokens(database)) return;
  const reached = hosts.length > 0 ? `under ${hosts.join(', ')}` : `at ${host}`;
  throw new DliError(
    'DLI-504',
    `Others than this machine’s users reach the server ${reached}, and it has no token yet`,
    {
      hints: [
        `Make one first: dli server token create --role admin --data ${dataDir}`,
        'Or listen on 127.0.0.1 without hosts, and reach it from elsewhere through a tunnel: ssh -L 8081:127.0.0.1:8081 HOST',
      ],
    },
  );
}

/** What the operator should know of how the server is reached. */
export function accessNotes({ isPublic, host, tls }: ServerConfig): readonly string[] {
  if (!isPublic || tls || isLoopback(host)) return [];
  return ['Tokens travel unencrypted: set tls in basecamp.yaml, or let only a proxy that speaks HTTPS reach this port'];
}
