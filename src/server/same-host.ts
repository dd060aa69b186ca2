import { isIP } from 'node:net';
import { DliError } from '../contract/errors.ts';
import type { HeaderSource } from './api-request.ts';

/** By which names a server is reached. */
export interface OwnHosts {
  /** The address that it was told to listen on. */
  readonly host: string;
  /** More names that lead here, such as the one of a proxy. @default none */
  readonly hosts?: readonly string[];
}

/**
 * Refuses requests that a web page elsewhere may have sent: one whose `Host` is not this server's (a name that was made to
 * point here, "DNS rebinding"), and one with a foreign `Origin` that would change something. Programs send neither.
 */
export function refuseForeign(
  { headers, method }: { readonly headers: HeaderSource; readonly method: string },
  own: OwnHosts,
): DliError | undefined {
  const asked = hostOf(headers.get('host'));
  if (asked !== undefined && !isOwn(asked, own)) {
    return new DliError('DLI-403', `This server does not answer for the host '${asked}'`, {
      hints: [
        `Use its own address, such as http://${own.host}`,
        'For a name that leads to it, list the name under hosts in basecamp.yaml',
      ],
    });
  }
  const origin = headers.get('origin');
  if (origin === null || method === 'GET' || method === 'HEAD') return undefined;
  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  if (from && from.host === headers.get('host')) return undefined;
  return new DliError('DLI-403', `A page of '${origin}' may not change anything here`, {
    hints: ['Send the request from a program, or from a page of this server'],
  });
}

/** Tells whether only this machine reaches an address to listen on. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** The name of a Host header without its port. */
function hostOf(header: string | null): string | undefined {
  if (header === null || header === '') return undefined;
  const host = header.replace(/:\d+$/, '').toLowerCase();
  return host.startsWith('[') ? host.replace(/^\[(.*)\]$/, '$1') : host;
}

/** An address is no name that somebody could point elsewhere; a server for this machine alone still has no other's. */
function isOwn(asked: string, { host, hosts = [] }: OwnHosts): boolean {
  if (asked === host.toLowerCase() || isLoopback(asked)) return true;
  return hosts.some((name) => name.toLowerCase() === asked) || (!isLoopback(host) && isIP(asked) !== 0);
}
