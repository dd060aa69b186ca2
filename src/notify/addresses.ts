/**
 * Which addresses webhooks may go to. Whoever may register a spec chooses them, and must not reach by them what only the server
 * can reach: its own ports, its network, the metadata service of its cloud. So a name is resolved once, every address that it
 * has is checked, and nothing but these is connected to.
 */
import { promises as dns, type LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';

/** An address that a name stands for. */
export type ResolvedAddress = LookupAddress;

/** Resolves a name to all of its addresses. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** Addresses that are not public, by the registries of special-purpose addresses: https://www.iana.org/assignments/iana-ipv4-special-registry */
const privateIpv4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** Of IPv6 only global unicast is public, which leaves out every mapping of IPv4; and within it, what translates or documents. */
const globalIpv6 = ['2000::', 3] as const;
const privateIpv6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const closed = new BlockList();
for (const [network, prefix] of privateIpv4) closed.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of privateIpv6) closed.addSubnet(network, prefix, 'ipv6');
const open = new BlockList();
open.addSubnet(...globalIpv6, 'ipv6');

/** Tells whether an IP address is one that anybody on the internet could reach. */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 4) return !closed.check(plain, 'ipv4');
  return family === 6 && open.check(plain, 'ipv6') && !closed.check(plain, 'ipv6');
}

/** What a host stands for: its addresses, all of them public, or why it is refused. */
export type CheckedHost =
  | { readonly ok: true; readonly addresses: readonly ResolvedAddress[] }
  | { readonly ok: false; readonly refusal: string };

/** Resolves a URL's host and checks every address that it has. Rejects when it cannot be resolved. */
export async function checkHost(hostname: string, resolve: Resolve = resolveBySystem): Promise<CheckedHost> {
  const plain = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(plain);
  const addresses = family === 0 ? await resolve(plain) : [{ address: plain, family }];
  const refused = addresses.find(({ address }) => !isPublicAddress(address));
  if (!refused && addresses.length > 0) return { ok: true, addresses };
  const named = refused && refused.address !== plain ? `${plain} is ${refused.address}, which` : plain;
  return {
    ok: false,
    refusal: `${named} is not a public address; notifications.webhook.allow_private_addresses in basecamp.yaml allows it`,
  };
}

const resolveBySystem: Resolve = (hostname) => dns.lookup(hostname, { all: true, order: 'verbatim' });
