import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';
import { expect, it, onTestFinished } from 'vitest';

const binary = fileURLToPath(new URL('../../bin/dli.js', import.meta.url));

/** Makes a key and a certificate for this machine, signed by itself, for this test alone. */
async function makeCertificate(folder: string): Promise<void> {
  const names = [
    { type: 2, value: 'localhost' },
    { type: 7, ip: '127.0.0.1' },
  ] as const;
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [...names] }],
  });
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
}

function command(folder: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawn(process.execPath, [binary, ...argv], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(folder: string, line: string, env: Readonly<Record<string, string>> = {}) {
  const child = command(folder, line.split(' '), env);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, stdout, stderr };
}

it('a server with a certificate is reached over HTTPS with a token, by those who trust the certificate', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dli-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await makeCertificate(folder);
  const settings = { data_dir: 'data', hosts: ['dli.example.com'], tls: { cert: 'cert.pem', key: 'key.pem' } };
  writeFileSync(join(folder, 'basecamp.yaml'), JSON.stringify(settings));
  const created = await run(folder, 'server token create --role admin --name me --config basecamp.yaml -f json');
  expect(created).toMatchObject({ exitCode: 0 });
  const server = command(folder, ['server', 'start', '--config', 'basecamp.yaml', '--port', '0']);
  const ended = once(server, 'close');
  onTestFinished(async () => {
    server.kill('SIGTERM');
    await ended;
  });
  let url = '';
  for await (const line of createInterface({ input: server.stdout })) {
    url = /^Basecamp is ready: (https:\S+)/.exec(line)?.[1] ?? url;
    if (url !== '') break;
  }
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const at = { DLI_SERVER_URL: url, DLI_API_KEY: String(JSON.parse(created.stdout).token) };
  const trusting = { ...at, NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') };
  const spec =
    'name: main.one\nowner: me\nteam: t\nquery_statement: CREATE OR REPLACE TABLE main.one AS SELECT 1 AS n\n';
  writeFileSync(join(folder, 'one.yaml'), spec);
  expect(await run(folder, 'workflow register one.yaml', trusting)).toMatchObject({ exitCode: 0 });
  const done = await run(folder, 'workflow run main.one --wait -f json', trusting);
  expect(JSON.parse(done.stdout)).toMatchObject({ status: 'COMPLETED', triggered_by: 'me' });
  expect(await run(folder, 'workflow list', { ...trusting, DLI_API_KEY: '' })).toMatchObject({ exitCode: 4 });
  const untrusting = await run(folder, 'workflow list', at);
  expect(untrusting.exitCode).toBe(6);
  expect(untrusting.stderr).toMatch(
    /^Error \[DLI-501\]: .*\n {2}its certificate is not accepted \(DEPTH_ZERO_SELF_SIGNED_CERT\): NODE_EXTRA_CA_CERTS/,
  );
  // Nothing was sent, so there is no doubt about what became of it.
  const change = await run(folder, 'workflow pause main.one', at);
  expect(change.stderr).toMatch(/^Error \[DLI-501\]: Cannot connect to server.*\n {2}its certificate is not accepted/);
  const plain = await run(folder, 'workflow list', { ...trusting, DLI_SERVER_URL: url.replace('https', 'http') });
  expect(plain).toMatchObject({ exitCode: 6 });
});
