import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandEntry, registry } from '../../src/cli/registry.ts';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { HttpReceiver } from '../fakes/http-receiver.ts';
import { dli } from './dli.ts';

const dataset = 'iceberg.analytics.daily_clicks';
const spec = (query: string, notifications = '') => `name: ${dataset}
owner: x
team: t
pre_statements: [{name: create, sql: "CREATE TABLE IF NOT EXISTS ${dataset} (dt VARCHAR)"}]
query_statement: ${query}
parameters: [{name: execution_date, type: date, default: 2024-01-01}]
schedule: {cron: "0 9 * * *"${notifications}}
`;
const quick = spec(`INSERT INTO ${dataset} VALUES ('{{ execution_date }}')`);
const slow = spec('SELECT count(*) FROM range(3000000) a JOIN range(3000000) b ON (a.range * b.range) % 7 = 3');

let folder: string;
let projects: string;
let server: RunningServer;
let told: string;
const receiver = new HttpReceiver();
const env = {
  BASECAMP_NOTIFICATIONS_WEBHOOK_SECRET: 'a secret of 24 characters',
  BASECAMP_NOTIFICATIONS_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
};
/** A server that asks for tokens: the other commands' one must not. */
let guarded: RunningServer;
let adminToken: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-examples-'));
  projects = mkdtempSync(join(tmpdir(), 'dli-projects-'));
  mkdirSync(join(folder, 'specs'));
  writeFileSync(join(folder, 'specs', `dataset.${dataset}.yaml`), quick);
  // Not called like a spec, so that the dataset is found once.
  writeFileSync(join(folder, 'slow.yml'), slow);
  const target = `{type: webhook, channel: "${await receiver.open()}"}`;
  told = spec(`INSERT INTO ${dataset} VALUES ('{{ execution_date }}')`, `, notifications: {on_success: [${target}]}`);
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env });
  guarded = await startServer({ dataDir: join(folder, 'guarded'), port: 0, cwd: folder, env: {} });
  const first = ['server', 'token', 'create', '--role', 'admin', '--expires', 'never', '-f', 'json'];
  const created = await dli([...first, '--server', guarded.url]);
  adminToken = JSON.parse(created.stdout).token;
});
afterAll(async () => {
  await server.close();
  await guarded.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
  rmSync(projects, { recursive: true });
});

const run = (argv: readonly string[], cwd = folder) => dli(argv, { cwd, env: { DLI_SERVER_URL: server.url } });
const asAdmin = (argv: readonly string[]) =>
  // The server's clock decides whether a token has expired.
  dli(argv, { cwd: folder, now: new Date(), env: { DLI_SERVER_URL: guarded.url, DLI_API_KEY: adminToken } });
const workflow = (...argv: string[]) => run(['workflow', ...argv]);
const idIn = (text: string, pattern: RegExp) => pattern.exec(text)?.[0] ?? 'nothing';

interface Ids {
  readonly run: string;
  readonly backfill: string;
  readonly notification: string;
}

/** Lets the target refuse a message, and take those that come after it. */
async function giveUpNotification(): Promise<string> {
  writeFileSync(join(folder, 'told.yml'), told);
  expect(await workflow('register', 'told.yml', '--force')).toMatchObject({ exitCode: 0 });
  receiver.answer = () => ({ status: 404 });
  const refused = await workflow('notifications', 'test', dataset, '--format', 'json');
  receiver.answer = () => ({ status: 200 });
  return idIn(refused.stdout, /n_[0-9a-f]{24}/);
}

/** Makes what an example takes for granted, and gives its ids: those in help are made up. */
async function prepare(command: string, example: string): Promise<Ids> {
  const isResume = example.includes('--resume');
  const isSlow = command === 'workflow stop' || isResume;
  const registered = await workflow('register', isSlow ? 'slow.yml' : dataset, '--force');
  expect(registered, 'register').toMatchObject({ exitCode: 0 });
  const wait = isSlow ? [] : ['--wait'];
  const started = await workflow('run', dataset, ...wait);
  const filled = await workflow('backfill', dataset, '-s', '2024-01-01', '-e', '2024-01-02', ...wait);
  const ids = { run: idIn(started.stdout, /iceberg\S+/), backfill: idIn(filled.stdout, /bf-\S+/) };
  if (isResume) {
    for (const id of [ids.backfill, ids.run]) await workflow('stop', id);
    await workflow('register', dataset, '--force');
  }
  if (command === 'workflow register') await workflow('unregister', dataset, '--force');
  if (command === 'workflow pause') await workflow('unpause', dataset);
  if (command === 'workflow unpause') await workflow('pause', dataset);
  const notification = command === 'workflow notifications' ? await giveUpNotification() : 'nothing';
  return { ...ids, notification };
}

/** Takes all code specs off the server: they would run instead of those that other examples register. */
async function undeploy(): Promise<void> {
  mkdirSync(join(projects, 'nothing'), { recursive: true });
  const removed = await run(['workflow', 'deploy', '--prune', '--allow-empty'], join(projects, 'nothing'));
  expect(removed, 'deploy').toMatchObject({ exitCode: 0 });
}

function wordsOf(example: string, ids: Ids): readonly string[] {
  const real = example
    .replace(/(iceberg\.analytics\.)?daily_clicks_\d{8}_\d{6}/, ids.run)
    .replace(/bf-\d{8}-\d{6}/, ids.backfill)
    .replace(/n_[0-9a-f]{24}/, ids.notification)
    .replace('http://127.0.0.1:9000', server.url);
  return [...real.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

/** A file is named where it lies, and a project is made where no other command finds its specs. */
function folderOf(name: string, example: string, index: number): string {
  if (name === 'init') return join(projects, String(index));
  return /^dataset\.\S+\.yaml/.test(example) ? join(folder, 'specs') : folder;
}

// `server start` runs until it is stopped; server.test.ts and init.test.ts start it.
const isOfTokens = ({ path }: CommandEntry) => path[1] === 'token';
const shown = registry.filter((entry) => entry.path.join(' ') !== 'server start' && !isOfTokens(entry));

describe.each(shown.map((entry) => [entry.path.join(' '), entry] as const))('the help of dli %s', (name, entry) => {
  it('has examples that work', async () => {
    const { command } = await entry.load();
    for (const [index, example] of command.examples.entries()) {
      const ids = await prepare(name, example);
      const cwd = folderOf(name, example, index);
      mkdirSync(cwd, { recursive: true });
      const done = await run([...entry.path, ...wordsOf(example, ids)], cwd);
      expect(done, `dli ${name} ${example}`).toMatchObject({ exitCode: 0 });
      expect(done.stderr).not.toContain('Error [');
      if (name === 'workflow deploy') await undeploy();
      if (name === 'workflow stop') await workflow('unregister', dataset, '--force');
    }
  });
});

describe.each(registry.filter(isOfTokens).map((entry) => [entry.path.join(' '), entry] as const))(
  'the help of dli %s',
  (name, entry) => {
    it('has examples that work', async () => {
      const { command } = await entry.load();
      for (const example of command.examples) {
        if (name.endsWith('revoke')) await asAdmin(['server', 'token', 'create', '--role', 'viewer', '--name', 'ci']);
        const words = example.split(' ').filter((word) => word !== '');
        const done = await asAdmin([...entry.path, ...words]);
        expect(done, `dli ${name} ${example}`).toMatchObject({ exitCode: 0, stderr: '' });
      }
      await asAdmin(['server', 'token', 'revoke', 'ci']);
    });
  },
);
