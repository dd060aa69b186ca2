import { describe, expect, it } from 'vitest';
import { checkHost, isPublicAddress } from './addresses.ts';

describe('an address', () => {
  it.each([
    ['0.0.0.0', 'this network'],
    ['10.0.0.1', 'private'],
    ['10.255.255.255', 'private'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['100.127.255.255', 'carrier-grade NAT'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'link-local: the metadata service of clouds'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.1', 'protocol assignments'],
    ['192.0.2.1', 'documentation'],
    ['192.88.99.1', '6to4 relays'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'benchmarks'],
    ['198.19.255.255', 'benchmarks'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'IPv4-mapped loopback'],
    ['::ffff:8.8.8.8', 'IPv4-mapped, whatever it maps'],
    ['::ffff:a00:1', 'IPv4-mapped private, in hexadecimal'],
    ['::127.0.0.1', 'IPv4-compatible'],
    ['64:ff9b::7f00:1', 'NAT64 of loopback'],
    ['64:ff9b:1::1', 'local NAT64'],
    ['100::1', 'discard'],
    ['2001::1', 'Teredo'],
    ['2001:db8::1', 'documentation'],
    ['2002:7f00:1::', '6to4 of loopback'],
    ['3fff::1', 'documentation'],
    ['5f00::1', 'segment routing'],
    ['fc00::1', 'unique local'],
    ['fdff::1', 'unique local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local with its zone'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['not an address', 'nothing'],
    ['', 'nothing'],
  ])('%s (%s) is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each(['172.15.255.255', '172.32.0.0', '192.167.255.255', '223.255.255.255', '2606:4700::1111', '2a00:1450::1'])(
    '%s is public, too',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('a host', () => {
  const resolvesTo =
    (...addresses: readonly string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

  it('is refused when one of its addresses is not public, and the refusal names it and the setting', async () => {
    expect(await checkHost('x.example', resolvesTo('1.1.1.1', '10.0.0.1'))).toEqual({
      ok: false,
      refusal: expect.stringMatching(
        /^x\.example is 10\.0\.0\.1, which is not a public address; .*allow_private_addresses/,
      ),
    });
    expect(await checkHost('x.example', resolvesTo('1.1.1.1', '::1'))).toMatchObject({ ok: false });
    expect(await checkHost('x.example', resolvesTo())).toMatchObject({ ok: false });
  });

  it('is its addresses when all of them are public', async () => {
    expect(await checkHost('x.example', resolvesTo('1.1.1.1', '2606:4700::1111'))).toEqual({
      ok: true,
      addresses: [
        { address: '1.1.1.1', family: 4 },
        { address: '2606:4700::1111', family: 6 },
      ],
    });
  });

  // URL writes them all as addresses before anything is resolved: https://url.spec.whatwg.org/#concept-ipv4-parser
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://①②⑦.0.0.1/',
    'http://user:pass@10.0.0.1:8080/',
  ])('of %s is refused without being resolved', async (text) => {
    const resolved: string[] = [];
    const checked = await checkHost(new URL(text).hostname, async (name) => {
      resolved.push(name);
      return [{ address: '1.1.1.1', family: 4 }];
    });
    expect(checked).toMatchObject({ ok: false });
    expect(resolved).toEqual([]);
  });

  it('called localhost is refused by what it resolves to', async () => {
    expect(await checkHost('localhost')).toMatchObject({ ok: false });
  });
});
