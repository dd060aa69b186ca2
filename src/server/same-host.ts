import { DliError } from '../contract/errors.ts';

/**
 * Refuses requests that a web page elsewhere may have sent: one whose `Host` is not this server's (a name that was made to
 * point here, "DNS rebinding"), and one with a foreign `Origin` that would change something. Programs send neither.
 *
 * @param host The address that the server was told to listen on
 */
export function refuseForeign(request: Request, host: string): DliError | undefined {
  const { headers, method } = request;
  const asked = hostOf(headers.get('host'));
  if (asked !== undefined && !isOwn(asked, host)) {
    return new DliError('DLI-403', `This server does not answer for the host '${asked}'`, {
      hints: [`Use its own address, such as http://${host}`],
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

/** The name of a Host header without its port. */
function hostOf(header: string | null): string | undefined {
  if (header === null || header === '') return undefined;
  return header
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

function isOwn(asked: string, host: string): boolean {
  return asked === host || asked === 'localhost' || asked === '::1' || /^127(?:\.\d{1,3}){3}$/.test(asked);
}
