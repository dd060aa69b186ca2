import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pageOf } from '../../src/contract/fields.ts';
import { createdTokenSchema, tokenSchema } from '../../src/contract/tokens.ts';
import { startServer } from '../../src/server/start.ts';
import { type CommandResult, dli } from './dli.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dli-tokens-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const tokenIn = ({ stdout }: CommandResult): string => /dli_[0-9a-f]{12}_[0-9a-f]{64}/.exec(stdout)?.[0] ?? 'nothing';

/** A server on a folder of its own, and its command line. */
async function serve(settings = {}) {
  const folder = makeFolder();
  writeFileSync(join(folder, 'basecamp.yaml'), JSON.stringify({ data_dir: 'data', ...settings }));
  const start = async () => {
    const server = await startServer({ configFile: 'basecamp.yaml', port: 0, cwd: folder, env: {} });
    onTestFinished(() => server.close());
    return server;
  };
  // The server's clock decides whether a token has expired.
  const run = (line: string, env: Record<string, string> = {}) =>
    dli(line.split(' '), { cwd: folder, env, now: new Date() });
  return { folder, start, run };
}

describe('dli server token, on a running server', () => {
  it('makes the first token without one, and from then on every command needs one', async () => {
    const { start, run } = await serve();
    const at = { DLI_SERVER_URL: (await start()).url };
    const created = await run('server token create --role admin --name me --expires 2099-01-01', at);
    expect(created).toMatchObject({ exitCode: 0, stderr: '' });
    expect(created.stdout).toMatch(
      /^Token created: me\nRole: +admin\nId: +[0-9a-f]{12}\nExpires: +2099-01-01 00:00\nToken: +dli_\S+\nIt is shown .*\n {2}export DLI_API_KEY=dli_\S+\n$/,
    );
    const refused = await run('workflow list', at);
    expect(refused).toMatchObject({ exitCode: 4, stdout: '' });
    expect(refused.stderr).toMatch(/^Error \[DLI-401\]: .*\n {2}Set DLI_API_KEY, or server\.api_key in dli\.yaml/);
    const withToken = { ...at, DLI_API_KEY: tokenIn(created) };
    expect(await run('workflow list', withToken)).toMatchObject({ exitCode: 0 });
    const list = await run('server token list', withToken);
    expect(list.stdout).toMatch(
      /^NAME +ROLE +STATUS +EXPIRES +ID +CREATED BY\nme +admin +active +2099-01-01 00:00 +[0-9a-f]{12} +tester \(unverified\)\n$/,
    );
    expect((await run('server token revoke me', withToken)).stdout).toBe('Token revoked: me\n');
    expect(await run('workflow list', at)).toMatchObject({ exitCode: 0 });
  });

  it('gives programs the API’s answers', async () => {
    const { start, run } = await serve();
    const at = { DLI_SERVER_URL: (await start()).url };
    const created = createdTokenSchema.parse(
      JSON.parse((await run('server token create --role admin -f json', at)).stdout),
    );
    const withToken = { ...at, DLI_API_KEY: created.token };
    await run('server token create --role viewer --name ci --expires never', withToken);
    const list = await run('server token list -f json', withToken);
    const { items } = pageOf(tokenSchema).parse(JSON.parse(list.stdout));
    expect(items.map(({ name, expires_at }) => [name, expires_at])).toEqual([
      ['ci', null],
      [created.name, created.expires_at],
    ]);
    expect(list.stdout).not.toContain(created.token);
    const revoked = await run('server token revoke ci -f json', withToken);
    expect(tokenSchema.parse(JSON.parse(revoked.stdout))).toMatchObject({
      status: 'revoked',
      revoked_by: created.name,
    });
  });

  it('ends with exit 4 for a token that may not do that, that has expired, and that was revoked', async () => {
    const { start, run } = await serve();
    const at = { DLI_SERVER_URL: (await start()).url };
    const admin = { ...at, DLI_API_KEY: tokenIn(await run('server token create --role admin', at)) };
    const viewer = { ...at, DLI_API_KEY: tokenIn(await run('server token create --role viewer --name v', admin)) };
    expect(await run('workflow list', viewer)).toMatchObject({ exitCode: 0 });
    for (const line of ['workflow sync', 'workflow run a', 'server token list']) {
      const { exitCode, stderr } = await run(line, viewer);
      expect([line, exitCode, stderr]).toEqual([line, 4, expect.stringMatching(/^Error \[DLI-403\]: 'v' is a viewer/)]);
    }
    await run('server token revoke v', admin);
    const { exitCode, stderr } = await run('workflow list', viewer);
    expect([exitCode, stderr]).toEqual([4, expect.stringMatching(/^Error \[DLI-401\]: Token 'v' was revoked/)]);
    const json = await run('workflow list -f json', viewer);
    expect(json).toMatchObject({ exitCode: 4, stdout: '', stderr: expect.stringContaining('DLI-401') });
  });

  it('reads the token of dli.yaml', async () => {
    const { folder, start, run } = await serve();
    const { url } = await start();
    const token = tokenIn(await run('server token create --role admin', { DLI_SERVER_URL: url }));
    writeFileSync(join(folder, 'dli.yaml'), `server: {url: "${url}", api_key: ${token}}\n`);
    expect(await run('workflow list')).toMatchObject({ exitCode: 0 });
  });

  it.each([
    [
      'server token create',
      /^Error \[DLI-400\]: Missing option --role\n {2}Allowed: viewer, operator, deployer, admin\n/,
    ],
    ['server token create --role root', /^Error \[DLI-400\]: --role is 'root'/],
    ['server token create --role admin --expires soon', /^Error \[DLI-400\]: --expires is 'soon'/],
    ['server token revoke', /^Error \[DLI-400\]: Missing required argument 'token'/],
    ['server token creat', /^Error \[DLI-400\]: Unknown command 'dli server token creat'\n {2}Did you mean 'create'\?/],
    ['server tokn', /^Error \[DLI-400\]: Unknown command 'dli server tokn'\n {2}Did you mean 'token'\?/],
  ])('answers %j with what is wrong', async (line, message) => {
    const { run } = await serve();
    const { exitCode, stderr } = await run(line);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('has a help of its own', async () => {
    const { run } = await serve();
    expect((await run('server token --help')).stdout).toMatch(
      /Usage: dli server token <command>.*\n(.*\n)* {2}create /,
    );
    expect(await run('server token')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('revoke') });
    expect((await run('server --help')).stdout).toContain('  token create ');
    expect((await run('__complete server token ')).stdout).toMatch(/^create\t.*\nlist\t.*\nrevoke\t/);
    expect((await run('__complete server ')).stdout).toMatch(/^token\t.*\nstart\t.*\nstatus\t/);
  });
});

describe('dli server token, on a data folder', () => {
  it('makes tokens before the first start, which the server then knows', async () => {
    const { start, run } = await serve();
    const created = await run('server token create --role admin --config basecamp.yaml');
    expect(created).toMatchObject({ exitCode: 0 });
    expect(await run('server token create --role viewer --name v --data data')).toMatchObject({ exitCode: 0 });
    const at = { DLI_SERVER_URL: (await start()).url };
    expect(await run('workflow list', at)).toMatchObject({ exitCode: 4 });
    expect(await run('workflow list', { ...at, DLI_API_KEY: tokenIn(created) })).toMatchObject({ exitCode: 0 });
  });

  it('lets whoever may write the folder in again when all tokens are lost', async () => {
    const { start, run } = await serve();
    await run('server token create --role admin --name lost --data data');
    const server = await start();
    await server.close();
    expect((await run('server token list --data data')).stdout).toContain('lost');
    expect(await run('server token revoke lost --data data')).toMatchObject({ exitCode: 0 });
    const again = await run('server token create --role admin --name lost --data data -f json');
    expect(JSON.parse(again.stdout)).toMatchObject({ name: 'lost', created_by: 'tester (unverified)' });
    expect((await run('server token list --all --data data')).stdout).toMatch(/active.*\n.*revoked/);
  });

  it('keeps off a folder that a server holds, and says what to do', async () => {
    const { start, run } = await serve();
    await start();
    const { exitCode, stderr } = await run('server token create --role admin --data data');
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/^Error \[DLI-502\]: .*\n {2}Ask that server: leave out --data and --config/);
  });

  it('keeps no secret in any file', async () => {
    const { folder, run } = await serve();
    const secret = tokenIn(await run('server token create --role admin --data data')).slice(-64);
    expect(readFileSync(join(folder, 'data', 'state.sqlite')).includes(secret)).toBe(false);
  });
});

describe('a server that others reach', () => {
  it.each([{ listen: '0.0.0.0:0' }, { hosts: ['dli.example.com'] }])(
    'does not start without a token, and says what to type: %j',
    async (settings) => {
      const { folder, run, start } = await serve(settings);
      const refused = await run('server start --config basecamp.yaml --port 0');
      expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
      const typed = `dli server token create --role admin --data ${join(folder, 'data')}`;
      expect(refused.stderr).toContain(`Make one first: ${typed}`);
      expect(await run(typed.replace('dli ', ''))).toMatchObject({ exitCode: 0 });
      const { url } = await start();
      const { port } = new URL(url);
      expect((await fetch(`http://127.0.0.1:${port}/api/v1/workflows`)).status).toBe(401);
      expect((await fetch(`http://127.0.0.1:${port}/api/v1/ready`)).status).toBe(200);
    },
  );

  it('starts also when its tokens have expired: schedules go on', async () => {
    const { folder, run, start } = await serve({ hosts: ['dli.example.com'] });
    const created = await run('server token create --role admin --data data');
    const state = new DatabaseSync(join(folder, 'data', 'state.sqlite'));
    state.exec('UPDATE tokens SET expires_at = 1');
    state.close();
    const { url } = await start();
    const refused = await run('workflow list', { DLI_SERVER_URL: url, DLI_API_KEY: tokenIn(created) });
    expect(refused.stderr).toMatch(/^Error \[DLI-401\]: Token '\S+' expired at 1970-01-01T00:00:00\.001Z/);
  });

  it('tells its operator that tokens travel unencrypted', async () => {
    const { run, start } = await serve({ listen: '0.0.0.0:0' });
    await run('server token create --role admin --data data');
    expect((await start()).notes).toEqual([expect.stringContaining('unencrypted')]);
  });
});
