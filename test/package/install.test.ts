import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ended, InstalledProject } from './installed-project.ts';
import { repository } from './repository.ts';

let project: InstalledProject;
let installed: Ended;
beforeAll(async () => {
  ({ project, installed } = await InstalledProject.create());
}, 120_000);
afterAll(() => project.remove());

const done = (stdout: unknown = '') => ({ exitCode: 0, stdout, stderr: '' });

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  target: 'es2024',
  noEmit: true,
  skipLibCheck: false,
};
const settingsOf = {
  nodenext: { ...strict, module: 'nodenext', lib: ['es2024', 'esnext.disposable'], types: ['node'] },
  // As for browsers: without the types of Node.
  bundler: { ...strict, module: 'esnext', moduleResolution: 'bundler', lib: ['es2024', 'dom'], types: [] },
};

async function checkTypes(resolution: keyof typeof settingsOf, source: string, more: object = {}): Promise<Ended> {
  const compilerOptions = { ...settingsOf[resolution], ...more };
  project.write({ 'tsconfig.json': JSON.stringify({ compilerOptions, files: ['program.ts'] }), 'program.ts': source });
  return project.node(join(repository, 'node_modules/typescript/bin/tsc'), '--project', '.');
}

const usesClient = `
import {
  type Backfill, BasecampClient, type BasecampEvent, DliError, type ErrorCode, errorCatalogue, type NotificationConfig, type StreamReset,
  type RetryConfig, type RunStatus, type ScheduleConfig, type SourceType, type WorkflowInfo, type WorkflowRun,
  type WorkflowStatus,
} from 'dli/client';
const client = new BasecampClient({ url: 'http://127.0.0.1:8081', fetch });
const run: WorkflowRun = await client.workflow.status({ run_id: 'a' }, { signal: AbortSignal.timeout(5) });
const status: RunStatus = run.status;
const workflow: WorkflowInfo | undefined = (await client.workflow.list({ limit: 5 })).items[0];
const source: SourceType | undefined = workflow?.source_type;
const inForce: WorkflowStatus | undefined = workflow?.status;
const schedule: ScheduleConfig | null | undefined = workflow?.schedule;
const retry: RetryConfig | undefined = schedule?.retry;
const notifications: NotificationConfig | null | undefined = schedule?.notifications;
const backfill: Backfill = await client.backfill.status({ backfill_id: 'a' });
const events: AsyncIterator<BasecampEvent | StreamReset> = await client.events.follow({ run_id: 'a' });
const code: ErrorCode = new DliError('DLI-809', 'no such run').code;
export { backfill, code, errorCatalogue, events, inForce, notifications, retry, source, status };
// @ts-expect-error a run has no such field
export const wrongField = run.run_number;
// @ts-expect-error an input has no such field
export const wrongInput = client.workflow.run({ dataset: 'a', parameters: {} });
// @ts-expect-error a code is one of the catalogue
export const wrongCode: ErrorCode = 'DLI-999';
`;
const usesTesting = `
import { startTestBasecamp, type TestBasecampOptions } from 'dli/testing';
import { type BasecampClient } from 'dli/client';
const options: TestBasecampOptions = { specs: ['datasets'], config: { max_concurrent_runs: 1, vars: { a: 'b' } } };
await using basecamp = await startTestBasecamp(options);
export const client: BasecampClient = basecamp.client;
// @ts-expect-error settings are those of basecamp.yaml
export const wrong: TestBasecampOptions = { config: { max_runs: 1 } };
`;
const usesContract = `
import { contract, runSchema } from 'dli/contract';
import { z } from 'zod';
import { type WorkflowRun } from 'dli/client';
export const run: WorkflowRun = runSchema.parse({});
export const page = z.object({ runs: z.array(runSchema.extend({ mine: z.boolean() })) }).parse({}).runs[0]?.mine;
export const path = contract.workflow.run['~orpc'].route.path;
// @ts-expect-error a run has no such field
export const wrong = runSchema.parse({}).run_number;
`;

it('is installed by npm without a warning', () => {
  expect(installed).toEqual(done(expect.stringMatching(/^\nadded \d+ packages/)));
});

it.each(['nodenext', 'bundler'] as const)(
  'gives the client strict types with the module resolution %s',
  async (how) => {
    expect(await checkTypes(how, usesClient)).toEqual(done());
  },
);

it.each(['nodenext', 'bundler'] as const)(
  'gives the test server strict types with the module resolution %s',
  async (how) => {
    const { lib, types } = settingsOf.nodenext;
    expect(await checkTypes(how, usesTesting, { lib, types })).toEqual(done());
  },
);

// oRPC's own declarations name @opentelemetry/api, which it does not install, so a check of libraries cannot pass.
it.each(['nodenext', 'bundler'] as const)(
  'gives the contract types of zod with the module resolution %s',
  async (how) => {
    expect(await checkTypes(how, usesContract, { skipLibCheck: true })).toEqual(done());
  },
);

it.each(['client', 'contract', 'testing'])('exports from dli/%s what its declarations say', async (entry) => {
  const declarations = readFileSync(join(project.folder, `node_modules/dli/dist/types/${entry}.d.ts`), 'utf8');
  const declared = Array.from(declarations.matchAll(/^export declare (?:const|class) (\w+)/gm), ([, name]) => name);
  project.write({ 'names.js': `console.log(Object.keys(await import('dli/${entry}')).join())` });
  expect(await project.node('names.js')).toEqual(done(`${declared.toSorted().join()}\n`));
});

it('exports nothing else', async () => {
  project.write({ 'inside.js': "await import('dli/dist/cli.js').catch(({ code }) => console.log(code))" });
  expect(await project.node('inside.js')).toEqual(done('ERR_PACKAGE_PATH_NOT_EXPORTED\n'));
});

it('runs the command line', async () => {
  expect(await project.dli('version')).toEqual(done(expect.stringMatching(/^dli \d+\.\d+\.\d+/)));
  expect(await project.dli('--help')).toEqual(done(expect.stringContaining('dli workflow run')));
});

it('says on an old Node which one it needs', async () => {
  const pretend = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.1.0"}})';
  expect(await project.node('--import', pretend, 'node_modules/dli/bin/dli.js', 'version')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'dli needs Node.js 22.18.0 or newer; this is Node.js 20.1.0\n',
  });
});

it('runs a dataset of a new project on a test server, from the command line', async () => {
  expect(await project.dli('init', 'shop')).toMatchObject({ exitCode: 0 });
  project.write({
    'run.js': `
      import { execFile } from 'node:child_process';
      import { promisify } from 'node:util';
      import { DliError } from 'dli/client';
      import { startTestBasecamp } from 'dli/testing';
      await using basecamp = await startTestBasecamp({ specs: ['shop/datasets'] });
      const dataset = 'iceberg.analytics.daily_orders';
      const run = ['workflow', 'run', dataset, '-p', 'execution_date=2024-01-03', '--wait', '--server', basecamp.url];
      const { stdout } = await promisify(execFile)('node_modules/.bin/dli', run);
      console.log(stdout.trim().split('\\n').at(-1));
      const { rows } = await basecamp.client.workflow.preview({ dataset });
      console.log(JSON.stringify(rows));
      const refusal = await basecamp.client.workflow.show({ dataset: 'nothing' }).catch((error) => error);
      console.log(refusal instanceof DliError, refusal.code);
    `,
  });
  const { exitCode, stdout, stderr } = await project.node('run.js');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^Run completed: iceberg\.analytics\.daily_orders_/),
    JSON.stringify([{ order_date: '2024-01-03', country: 'KR', orders: 2, turnover: '61.90' }]),
    'true DLI-800',
    '',
  ]);
});

it('runs the example of docs/testing.md as it stands', async () => {
  const page = readFileSync(join(repository, 'docs/testing.md'), 'utf8');
  const files = Array.from(page.matchAll(/^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$/gms), ([, path, text]) => [path, text]);
  project.write(Object.fromEntries(files));
  const test = files.map(([path]) => path ?? '').filter((path) => path.endsWith('.test.ts'));
  expect(test).toHaveLength(1);
  expect(await project.node('--test', ...test)).toEqual(done(expect.stringMatching(/^ℹ pass 2\nℹ fail 0$/m)));
  expect(await checkTypes('nodenext', readFileSync(join(project.folder, test[0] ?? ''), 'utf8'))).toEqual(done());
});
