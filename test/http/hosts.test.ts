import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/server/config.ts';
import { refuseForeign } from '../../src/server/same-host.ts';
import { Api } from './api.ts';

const asked = (host: string, own: Parameters<typeof refuseForeign>[1]) =>
  refuseForeign(new Request('http://x/', { headers: { host } }), own)?.code;

describe('the host that a request asks for', () => {
  it.each(['dli.example.com', 'DLI.example.com:443', '127.0.0.1:8081', 'localhost'])(
    'may be a configured name, or this machine: %s',
    (host) => {
      expect(asked(host, { host: '127.0.0.1', hosts: ['dli.Example.com'] })).toBeUndefined();
    },
  );

  it.each(['evil.example', 'dli.example.com.evil.example', 'xdli.example.com', '10.0.0.1'])(
    'may be no other name: %s',
    (host) => {
      expect(asked(host, { host: '127.0.0.1', hosts: ['dli.example.com'] })).toBe('DLI-403');
    },
  );

  it.each(['10.0.0.5', '10.0.0.5:8081', '[2001:db8::1]:8081'])(
    'may be an address where others reach the server, since nobody can point an address elsewhere: %s',
    (host) => {
      expect(asked(host, { host: '0.0.0.0' })).toBeUndefined();
    },
  );

  it.each(['evil.example', '10.0.0.5.evil.example', '999.0.0.1'])(
    'may be no name that was made to point here: %s',
    (host) => {
      expect(asked(host, { host: '0.0.0.0', hosts: ['dli.example.com'] })).toBe('DLI-403');
    },
  );

  it('may be the name that the server listens on', () => {
    expect(asked('build-7.lan:8081', { host: 'Build-7.lan' })).toBeUndefined();
  });
});

describe('the address that wrong tokens count for', () => {
  const guesses = async (trusted: readonly string[], forwarded: (guess: number) => string) => {
    const api = new Api({ isPublic: true, trustedProxies: trusted });
    const codes: number[] = [];
    for (let guess = 0; guess < 11; guess += 1) {
      const headers = { authorization: `Bearer guess-${guess}`, 'x-forwarded-for': forwarded(guess) };
      codes.push(
        (await api.app.request('/api/v1/workflows', { headers }, { remoteAddress: '::ffff:10.0.0.9' })).status,
      );
    }
    return codes.at(-1);
  };

  it('is the one of the connection: what a header says is not believed', async () => {
    expect(await guesses([], (guess) => `10.1.0.${guess}`)).toBe(429);
  });

  it('is the one that a trusted proxy tells', async () => {
    expect(await guesses(['10.0.0.9'], (guess) => `10.1.0.${guess}`)).toBe(401);
    expect(await guesses(['10.0.0.9', '10.0.0.8'], (guess) => `6.6.6.${guess}, 10.1.0.1, 10.0.0.8`)).toBe(429);
    expect(await guesses(['10.0.0.9'], () => '')).toBe(429);
  });
});

describe('the configuration of access', () => {
  const read = (settings: object) => {
    const folder = mkdtempSync(join(tmpdir(), 'dli-config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'basecamp.yaml'), JSON.stringify(settings));
    return readConfig({ configFile: 'basecamp.yaml', cwd: folder, env: {} });
  };

  it.each([
    [{}, false],
    [{ listen: '127.0.0.5:80' }, false],
    [{ listen: 'localhost:80' }, false],
    [{ listen: '[::1]:80' }, false],
    [{ hosts: ['localhost'] }, false],
    [{ hosts: ['dli.example.com'] }, true],
    [{ listen: '0.0.0.0:80' }, true],
    [{ listen: '[::]:80' }, true],
    [{ listen: '192.168.1.1:80' }, true],
    [{ listen: 'build-7.lan:80' }, true],
  ])('%j is for others: %s', (settings, isPublic) => {
    expect(read(settings).isPublic).toBe(isPublic);
  });

  it.each([
    [{ tls: { cert: 'none.pem', key: 'none.pem' } }, 'tls.cert: '],
    [{ tls: { cert: 'basecamp.yaml', key: 'basecamp.yaml' } }, 'are no certificate and its key'],
    [{ tls: { cert: 'x' } }, 'Bad configuration'],
    [{ trusted_proxies: ['proxy.lan'] }, 'Bad configuration'],
    [{ hosts: [''] }, 'Bad configuration'],
  ])('%j is DLI-504', (settings, message) => {
    expect(() => read(settings)).toThrow(
      expect.objectContaining({ code: 'DLI-504', message: expect.stringContaining(message) }),
    );
  });
});
