import { traverseContractProcedures } from '@orpc/server';
import { describe, expect, it, vi } from 'vitest';
import { contract } from '../../src/contract/contract.ts';
import { operationRoles } from '../../src/contract/operation-roles.ts';
import { type Role, roleSchema } from '../../src/contract/roles.ts';
import { readEvents } from '../../src/store/queries/events.ts';
import { readDocument } from '../api-document.ts';
import { Api, datedSpec } from './api.ts';

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly needs: Role | 'none';
}

/** Every operation of the contract, with a path that names nothing that is there. */
const operations = ((): readonly Operation[] => {
  const found: Operation[] = [];
  traverseContractProcedures({ router: contract, path: [] }, ({ contract: procedure, path }) => {
    const { method = 'POST', path: template = '' } = procedure['~orpc'].route;
    const [noun = '', call = ''] = path;
    const needs: Role | 'none' = Reflect.get(Reflect.get(operationRoles, noun), call);
    found.push({ name: path.join('.'), method, path: template.replaceAll(/\{[^}]+\}/g, 'nothing'), needs });
  });
  return found;
})();

const order = { viewer: 1, operator: 2, deployer: 3, admin: 4 };
const rejected = ['DLI-401', 'DLI-403', 'DLI-429'];

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** An app with a token of every role, one that has expired and one that was revoked. */
async function guarded() {
  const api = new Api();
  const make = async (name: string, role: Role, headers: Record<string, string>, expires_at: string | null = null) => {
    const response = await api.raw('POST', '/tokens', { name, role, expires_at }, headers);
    expect(response.status).toBe(201);
    return String(Object(await response.json()).token);
  };
  const admin = await make('admin-1', 'admin', { 'x-dli-actor': 'ann' });
  const tokens = new Map<string, string>([['admin', admin]]);
  for (const role of ['viewer', 'operator', 'deployer'] as const)
    tokens.set(role, await make(`${role}-1`, role, bearer(admin)));
  tokens.set('expired', await make('old', 'admin', bearer(admin), new Date(api.clock.now() + 1_000).toISOString()));
  tokens.set('revoked', await make('gone', 'admin', bearer(admin)));
  expect((await api.send('DELETE', '/tokens/gone', undefined, bearer(admin))).status).toBe(200);
  api.clock.advance(1_000);
  return { api, admin, of: (who: string) => bearer(tokens.get(who) ?? 'nothing') };
}

/** The code that an operation answers with; undefined for an answer that is none of an error. */
async function codeOf(
  api: Api,
  { method, path }: Operation,
  headers: Record<string, string>,
): Promise<string | undefined> {
  const response = await api.raw(method, path, method === 'GET' ? undefined : {}, headers);
  if (!/json/.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    return undefined;
  }
  return Object(await response.json()).code;
}

describe('with tokens, every operation', () => {
  it.each(roleSchema.options)('lets a token of the role %s do what it may, and nothing else', async (role) => {
    const { api, of } = await guarded();
    const answers: Record<string, boolean> = {};
    const wanted: Record<string, boolean> = {};
    for (const operation of operations) {
      const code = await codeOf(api, operation, of(role));
      expect(code, operation.name).not.toBe('DLI-401');
      answers[operation.name] = code !== 'DLI-403';
      wanted[operation.name] = operation.needs === 'none' || order[role] >= order[operation.needs];
    }
    expect(answers).toEqual(wanted);
    expect(api.bugs).toEqual([]);
  });

  it.each([
    ['no token', {}],
    ['a wrong token', bearer(`dli_000000000000_${'0'.repeat(64)}`)],
    ['a text that is no token', bearer('secret')],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('refuses %s before anything else, save where none is needed', async (_, headers) => {
    const { api } = await guarded();
    for (const operation of operations) {
      const code = await codeOf(api, operation, headers);
      if (operation.needs === 'none') expect(rejected).not.toContain(code);
      else expect([operation.name, code]).toEqual([operation.name, 'DLI-401']);
    }
  });

  it.each(['expired', 'revoked'])('refuses a token that is %s, and says so', async (which) => {
    const { api, of } = await guarded();
    for (const operation of operations.filter(({ needs }) => needs !== 'none'))
      expect([operation.name, await codeOf(api, operation, of(which))]).toEqual([operation.name, 'DLI-401']);
    expect((await api.send('GET', '/workflows', undefined, of(which))).body.message).toMatch(new RegExp(which));
  });

  it('refuses another secret with a known id', async () => {
    const { api, admin } = await guarded();
    const forged = `${admin.slice(0, -1)}${admin.endsWith('0') ? '1' : '0'}`;
    expect((await api.send('GET', '/workflows', undefined, bearer(forged))).status).toBe(401);
  });

  it('has its role in the OpenAPI document', async () => {
    const { paths, components } = JSON.parse(JSON.stringify(await readDocument()));
    expect(components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    const documented = Object.values<Record<string, { operationId: string; security: unknown; responses: object }>>(
      paths,
    )
      .flatMap((methods) => Object.values(methods))
      .map(({ operationId, security, responses }) => [
        operationId,
        security,
        401 in responses && 403 in responses && 429 in responses,
      ]);
    expect(new Map(documented.map(([id, ...rest]) => [id, rest]))).toEqual(
      new Map(operations.map(({ name, needs }) => [name, [needs === 'none' ? [] : [{ bearer: [needs] }, {}], true]])),
    );
  });
});

describe('a refusal', () => {
  it('is DLI-401 with what to set, and says how to log in', async () => {
    const { api } = await guarded();
    const response = await api.raw('GET', '/workflows');
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Basecamp"']);
    expect(await response.json()).toMatchObject({
      code: 'DLI-401',
      hints: [expect.stringContaining('DLI_API_KEY'), expect.stringContaining('dli server token create')],
    });
  });

  it('is DLI-403 with the role that is needed', async () => {
    const { api, of } = await guarded();
    const { status, body } = await api.send('POST', '/workflows/a/run', { params: {} }, of('viewer'));
    expect([status, body.message]).toEqual([403, "'viewer-1' is a viewer, and this needs an operator"]);
    expect(body.hints).toEqual([expect.stringContaining('--role operator')]);
  });

  it('comes before the body is looked at', async () => {
    const { api, of } = await guarded();
    expect((await api.send('POST', '/workflows/a/run', '{"broken')).status).toBe(401);
    expect((await api.send('POST', '/nothing')).status).toBe(401);
    expect((await api.send('POST', '/workflows/a/run', { params: { x: 'x'.repeat(10_000_000) } })).status).toBe(401);
    expect((await api.send('POST', '/workflows/a/run', { nope: 1 }, of('viewer'))).body.code).toBe('DLI-403');
  });

  it('after ten different wrong tokens is DLI-429 for a minute, for everything from that address', async () => {
    const { api, admin } = await guarded();
    const from = (remoteAddress: string, token: string) =>
      api.app.request('/api/v1/workflows', { headers: bearer(token) }, { remoteAddress });
    for (let guess = 0; guess < 10; guess += 1) expect((await from('10.0.0.1', `guess-${guess}`)).status).toBe(401);
    const blocked = await from('10.0.0.1', admin);
    expect([blocked.status, blocked.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await blocked.json()).toMatchObject({ code: 'DLI-429', message: expect.stringContaining('60 s') });
    expect((await from('10.0.0.2', admin)).status).toBe(200);
    api.clock.advance(59_999);
    expect((await from('10.0.0.1', admin)).status).toBe(429);
    api.clock.advance(1);
    expect((await from('10.0.0.1', admin)).status).toBe(200);
  });

  it('of one wrong token again and again, of none, or of an expired one makes nobody wait', async () => {
    const { api, admin, of } = await guarded();
    for (let time = 0; time < 50; time += 1) {
      for (const headers of [bearer('old'), {}, of('expired'), of('revoked')])
        expect((await api.send('GET', '/workflows', undefined, headers)).status).toBe(401);
    }
    expect((await api.send('GET', '/workflows', undefined, bearer(admin))).status).toBe(200);
  });
});

describe('who acts', () => {
  it('is the name of the token, whatever the request says', async () => {
    const { api, of } = await guarded();
    const headers = { ...of('deployer'), 'x-dli-actor': 'ann' };
    await api.send('POST', '/workflows/register', { spec: datedSpec('a.b.c') }, headers);
    const run = await api.send('POST', '/workflows/a.b.c/run', { params: { execution_date: '2024-01-01' } }, headers);
    expect(run.body).toMatchObject({ triggered_by: 'deployer-1' });
    await api.send('POST', '/workflows/sync', {}, headers);
    const events = readEvents(api.database, { after: 0, filter: { dataset: 'a.b.c' }, limit: 10 });
    expect(new Set(events.map(({ actor }) => actor))).toEqual(new Set(['deployer-1']));
  });

  it('is marked as unverified without tokens, so that nobody can pass for a token or the server', async () => {
    const api = new Api();
    for (const [given, shown] of [
      ['ann', 'ann (unverified)'],
      ['engine', 'engine (unverified)'],
      ['', 'anonymous'],
    ] as const) {
      await api.send(
        'POST',
        '/workflows/register',
        { spec: datedSpec(`a.${given}x`) },
        given ? { 'x-dli-actor': given } : {},
      );
      const [event] = readEvents(api.database, { after: 0, filter: { dataset: `a.${given}x` }, limit: 1 });
      expect(event?.actor).toBe(shown);
    }
  });

  it('is who asked for a sync, in what the sync changes', async () => {
    const { api, of } = await guarded();
    await api.send('POST', '/workflows/register', { spec: datedSpec('a.b.c') }, of('admin'));
    api.parts.specStore.manual.removeManual('a.b.c').keep();
    await api.send('POST', '/workflows/sync', { accept_deletions: true }, of('deployer'));
    const events = readEvents(api.database, { after: 0, filter: { kinds: ['workflow.unregistered'] }, limit: 10 });
    expect(events.map(({ actor }) => actor)).toEqual(['deployer-1']);
  });
});

describe('a server without tokens', () => {
  it('asks for none, ignores those that are sent, and lets its users do everything', async () => {
    const api = new Api();
    for (const operation of operations.filter(({ name }) => !name.startsWith('token.')))
      expect(rejected, operation.name).not.toContain(await codeOf(api, operation, bearer('whatever')));
  });

  it('that others reach asks for them all the same', async () => {
    const api = new Api({ isPublic: true });
    expect((await api.send('GET', '/workflows')).status).toBe(401);
    expect((await api.send('POST', '/tokens', { role: 'admin' })).status).toBe(401);
    expect((await api.send('GET', '/ready')).status).toBe(200);
  });

  it('asks for one as soon as there is one, and no more when the last was revoked', async () => {
    const api = new Api();
    const { body } = await api.send('POST', '/tokens', { role: 'admin', name: 'me' });
    const { token } = Object(body);
    expect((await api.send('GET', '/workflows')).status).toBe(401);
    expect((await api.send('DELETE', '/tokens/me', undefined, bearer(token))).status).toBe(200);
    expect((await api.send('GET', '/workflows')).status).toBe(200);
  });

  it('does not open when its only token expires', async () => {
    const api = new Api();
    const expires_at = new Date(api.clock.now() + 1_000).toISOString();
    await api.send('POST', '/tokens', { role: 'admin', expires_at });
    api.clock.advance(1_000);
    expect((await api.send('GET', '/workflows')).status).toBe(401);
  });
});

describe('beside the API', () => {
  it('metrics need a token of any role, the reference needs none', async () => {
    const { api, of } = await guarded();
    const status = async (path: string, headers = {}) => (await api.app.request(path, { headers })).status;
    expect(await status('/metrics')).toBe(401);
    expect(await status('/metrics', of('viewer'))).toBe(200);
    expect(await status('/metrics', of('expired'))).toBe(401);
    expect(await status('/docs')).toBe(200);
    expect(await status('/openapi.json')).toBe(200);
    expect(await (await api.app.request('/docs')).text()).toContain('Needs the role <b>operator</b>');
  });
});

describe('a stream', () => {
  it.each(['is revoked', 'expires'])('ends with DLI-401 when the token that opened it %s', async (how) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const api = new Api({ heartbeatMs: 5_000 });
      const expires_at = new Date(api.clock.now() + 60_000).toISOString();
      const made = await api.send('POST', '/tokens', { role: 'admin', name: 'me', expires_at });
      const response = await api.raw('GET', '/events', undefined, bearer(Object(made.body).token));
      const text = response.text();
      await vi.advanceTimersByTimeAsync(5_000);
      if (how === 'expires') api.clock.advance(60_000);
      else await api.send('DELETE', '/tokens/me', undefined, bearer(Object(made.body).token));
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await text).toMatch(/\nevent: error\ndata: \{"code":"DLI-401",.*\n\n$/);
      expect(api.bugs).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that was opened without a token ends when there is one', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const api = new Api({ heartbeatMs: 5_000 });
      const text = (await api.raw('GET', '/events')).text();
      await api.send('POST', '/tokens', { role: 'admin' });
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await text).toContain('DLI-401');
    } finally {
      vi.useRealTimers();
    }
  });
});
