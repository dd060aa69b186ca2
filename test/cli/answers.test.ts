/** Every command answers people with text and programs with JSON, which has the shape that the OpenAPI document gives it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registry } from '../../src/cli/registry.ts';
import { tickSchema } from '../../src/contract/ticks.ts';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { answerChecks, type Check, readDocument } from '../api-document.ts';
import { type CommandResult, dli } from './dli.ts';

const dataset = 'lake.shop.orders';
const spec = `name: ${dataset}
type: Dataset
owner: 주문 팀 🚀
team: "@data"
pre_statements:
  - {name: create, sql: "CREATE TABLE IF NOT EXISTS ${dataset} (dt DATE, total DECIMAL(38, 2))"}
query_statement: INSERT INTO ${dataset} VALUES ({{ execution_date | sql_date }}, 12345678901234567890.12)
parameters: [{name: execution_date, type: date, required: true, description: Day to compute}]
schedule: {cron: "0 9 * * *", timezone: Asia/Seoul}
`;
const slow = `name: lake.shop.slow
type: Dataset
owner: me
team: t
query_statement: SELECT count(*) FROM range(3000000) a JOIN range(3000000) b ON (a.range * b.range) % 7 = 3
parameters: [{name: execution_date, type: date, required: false}]
`;

let folder: string;
let server: RunningServer;
let checks: ReadonlyMap<string, Check>;
/** Ids that earlier commands made, by the word that stands for them in a later one. */
const made = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-answers-'));
  writeFileSync(join(folder, 'orders.yaml'), spec);
  writeFileSync(join(folder, 'slow.yaml'), slow);
  mkdirSync(join(folder, 'deployed'));
  writeFileSync(join(folder, 'deployed', 'code.yaml'), spec.replaceAll(dataset, 'lake.shop.code'));
  checks = answerChecks(await readDocument());
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
  expect(await run('workflow register slow.yaml')).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function run(line: string, ...more: readonly string[]): Promise<CommandResult> {
  const words = line.split(' ').map((word) => made.get(word) ?? word);
  return dli([...words, ...more], { cwd: folder, env: { DLI_SERVER_URL: server.url } });
}

/** The shape of an answer: of an operation of the API, or one that a command has for itself. */
type Shape = string | z.ZodType;

const problem = z.strictObject({
  message: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
});
const errorBody = z.strictObject({
  code: z.string(),
  message: z.string(),
  hints: z.array(z.string()),
  problems: z.array(problem),
});
const validation = z.strictObject({
  specs: z.array(
    z.strictObject({
      file: z.string(),
      dataset_name: z.string().nullable(),
      valid: z.boolean(),
      error: errorBody.nullable(),
      warnings: z.array(problem),
      reads: z.array(z.string()),
      writes: z.array(z.string()),
    }),
  ),
});
const rendering = z.strictObject({
  dataset_name: z.string(),
  params: z.record(z.string(), z.json()),
  execution_date: z.iso.date().nullable(),
  statements: z.array(
    z.strictObject({ label: z.string(), phase: z.enum(['transaction', 'after_commit']), sql: z.string() }),
  ),
});
const simulation = z.strictObject({
  items: z.array(z.strictObject(tickSchema.shape)),
  next_cursor: z.iso.datetime().nullable(),
});

interface Case {
  /** The words of the command line. Run as they are, then again with `--format json`. */
  readonly line: string;
  readonly text: RegExp;
  readonly shape: Shape;
  /** Puts things back between the two. */
  readonly between?: string;
  /** Other words for the second time, where the same would have another outcome. */
  readonly again?: string;
  /** Remembers what the text names, for later lines. */
  readonly keep?: Readonly<Record<string, RegExp>>;
}

// In this order, as each one needs what those before it made.
const cases: readonly Case[] = [
  {
    line: 'workflow register orders.yaml',
    between: 'workflow unregister lake.shop.orders',
    text: /^Workflow registered: lake\.shop\.orders\nSchedule: 0 9 \* \* \* \(Asia\/Seoul\)\n/,
    shape: 'workflow.register',
  },
  { line: 'workflow register orders.yaml --force', text: /^Workflow updated: /, shape: 'workflow.update' },
  {
    line: `workflow run ${dataset} -p execution_date=2024-01-15 --wait`,
    text: /^Run started: \S+\nRun completed: /,
    shape: 'workflow.status',
    keep: { RUN: /(\S+)\n/ },
  },
  {
    line: `workflow run ${dataset} -p execution_date=2024-01-15`,
    text: /^Run started: /,
    shape: 'workflow.run',
  },
  {
    line: `workflow run ${dataset} -p execution_date=2024-01-15 --dry-run`,
    text: /^Dry run: lake\.shop\.orders\n/,
    shape: 'workflow.run',
  },
  {
    line: `workflow backfill ${dataset} -s 2024-01-01 -e 2024-01-02 --wait`,
    text: /^Backfill started for 2 dates\nBackfill: bf-\S+\n/,
    shape: 'backfill.status',
    keep: { BACKFILL: /(bf-\S+)/ },
  },
  {
    line: `workflow backfill ${dataset} -s 2024-01-01 -e 2024-01-02`,
    text: /^Backfill started for 2 dates\n/,
    shape: 'workflow.backfill',
  },
  {
    line: `workflow backfill ${dataset} -s 2024-01-01 -e 2024-01-02 --dry-run`,
    text: /^Dry run: would run lake\.shop\.orders for 2 dates/,
    shape: 'workflow.backfill',
  },
  {
    line: 'workflow backfill-status BACKFILL',
    text: /^Status: COMPLETED\n/,
    shape: 'backfill.status',
  },
  {
    line: `workflow backfill-status -d ${dataset} -s success`,
    text: /^BACKFILL +STATUS +DONE +FROM +TO +DATASET\nbf-/,
    shape: 'backfill.list',
  },
  { line: 'workflow status RUN', text: /^Status: COMPLETED\n/, shape: 'workflow.status' },
  { line: 'workflow status RUN --follow', text: /COMPLETED/, shape: 'workflow.status' },
  { line: 'workflow logs RUN', text: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[attempt 1\] /, shape: 'workflow.logs' },
  { line: 'workflow list', text: /^DATASET +SOURCE +STATUS +CRON +NEXT RUN\n/, shape: 'workflow.list' },
  { line: 'workflow history', text: /^RUN ID +STATUS +TYPE +STARTED\n/, shape: 'workflow.history' },
  { line: `workflow show ${dataset}`, text: /^Workflow: lake\.shop\.orders\n/, shape: 'workflow.show' },
  {
    line: `workflow show ${dataset} --revision RUN`,
    text: /^# Revision [0-9a-f]{64} of lake\.shop\.orders: in force \(Manual\)\n/,
    shape: 'workflow.revision',
  },
  { line: `workflow ticks ${dataset}`, text: /^TICK +DATE +OUTCOME +NOTE\n/, shape: 'workflow.ticks' },
  { line: `workflow explain ${dataset}`, text: /^Workflow lake\.shop\.orders /, shape: 'workflow.explain' },
  { line: 'workflow explain RUN', text: /^Run \S+ completed/, shape: 'workflow.explainRun' },
  {
    line: `workflow pause ${dataset} --reason late`,
    between: `workflow unpause ${dataset}`,
    text: /^Workflow paused: lake\.shop\.orders\n/,
    shape: 'workflow.pause',
  },
  {
    line: `workflow unpause ${dataset}`,
    between: `workflow pause ${dataset}`,
    text: /^Workflow unpaused: lake\.shop\.orders\n/,
    shape: 'workflow.unpause',
  },
  { line: 'workflow notifications', text: /^CREATED +STATUS +TO +WHAT\n/, shape: 'notification.list' },
  { line: 'workflow notifications --resend-all', text: /^Notifications that wait /, shape: 'notification.resendAll' },
  { line: 'workflow sync', text: /^Synced: 0 added, 0 updated, 0 removed, 2 unchanged\n/, shape: 'workflow.sync' },
  { line: 'workflow deploy deployed --dry-run', text: /^Plan: 1 new, 0 unchanged\n/, shape: 'workflow.deploy' },
  { line: 'workflow deploy deployed', text: /^Deployed: 1 new, 0 unchanged\n/, shape: 'workflow.deploy' },
  { line: `workflow preview ${dataset}`, text: /^dt +total\n/, shape: 'workflow.preview' },
  { line: 'server status', text: /^Server: http:\S+ is up\n/, shape: 'system.health' },
  { line: 'workflow validate orders.yaml', text: /^ok {2}orders\.yaml {2}lake\.shop\.orders\n/, shape: validation },
  {
    line: 'workflow render orders.yaml -p execution_date=2024-01-15',
    text: /^-- create\nCREATE TABLE/,
    shape: rendering,
  },
  { line: 'workflow simulate orders.yaml -n 3', text: /^LOCAL TIME +OFFSET +UTC +DATE +NOTE\n/, shape: simulation },
  { line: 'workflow schema', text: /^\{\n/, shape: z.looseObject({ $schema: z.string(), properties: z.object() }) },
  {
    line: 'init first',
    again: 'init second',
    text: /^Project made: /,
    shape: z.strictObject({ folder: z.string(), files: z.array(z.string()), next: z.array(z.string()) }),
  },
  {
    line: 'completion bash',
    text: /complete/,
    shape: z.strictObject({ shell: z.literal('bash'), script: z.string() }),
  },
  {
    line: 'version',
    text: /^dli \d+\.\d+\.\d+ \(Node\.js \d+\.\d+\.\d+\)\n$/,
    shape: z.strictObject({ version: z.string(), node: z.string() }),
  },
  {
    line: 'server token create --role admin --name me --expires never --data tokens',
    again: 'server token create --role admin --name you --expires never --data tokens',
    text: /^Token created: me\n/,
    shape: 'token.create',
  },
  { line: 'server token list --data tokens', text: /^NAME +ROLE +STATUS/, shape: 'token.list' },
  {
    line: 'server token revoke me --data tokens',
    again: 'server token revoke you --data tokens',
    text: /^Token revoked: me\n$/,
    shape: 'token.revoke',
  },
  {
    line: `workflow unregister ${dataset}`,
    between: 'workflow register orders.yaml',
    text: /^Workflow unregistered: lake\.shop\.orders\n/,
    shape: 'workflow.unregister',
  },
];

function expectShape(shape: Shape, value: unknown): void {
  if (typeof shape !== 'string') expect(shape.safeParse(value).error).toBeUndefined();
  else expect(checks.get(shape)?.(value), shape).toEqual([]);
}

describe.sequential('the answer of', () => {
  it.each(cases.map((one) => [one.line, one] as const))(
    'dli %s',
    async (line, { text, shape, between, again, keep }) => {
      const forPeople = await run(line);
      expect(forPeople).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(text) });
      for (const [word, pattern] of Object.entries(keep ?? {})) {
        made.set(word, pattern.exec(forPeople.stdout.replace(/^Run started: /, ''))?.[1] ?? 'nothing');
      }
      if (between !== undefined) expect(await run(between)).toMatchObject({ exitCode: 0 });
      const { exitCode, stdout } = await run(again ?? line, '--format', 'json');
      expect(exitCode).toBe(0);
      expectShape(shape, JSON.parse(stdout));
    },
  );

  it('dli workflow logs --follow is a line of the API’s log in each line', async () => {
    const { stdout } = await run('workflow logs RUN --follow --format json');
    const items = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(items).not.toEqual([]);
    expectShape('workflow.logs', { items, next_cursor: null });
  });

  it('dli workflow stop, for a run and for a backfill', async () => {
    const started = await run('workflow run lake.shop.slow --format json');
    const stopped = await run(`workflow stop ${JSON.parse(started.stdout).run_id} --format json`);
    expectShape('workflow.stop', JSON.parse(stopped.stdout));
    const text = await run('workflow backfill lake.shop.slow -s 2024-01-01 -e 2024-01-02');
    const id = /bf-\S+/.exec(text.stdout)?.[0] ?? '';
    const backfill = await run(`workflow stop ${id} --format json`);
    expectShape('backfill.stop', JSON.parse(backfill.stdout));
    const resumed = await run(`workflow backfill lake.shop.slow --resume ${id} --format json`);
    expectShape('backfill.resume', JSON.parse(resumed.stdout));
    await run(`workflow stop ${id}`);
    const again = (await run('workflow run lake.shop.slow --format json')).stdout;
    expect((await run(`workflow stop ${JSON.parse(again).run_id}`)).stdout).toMatch(/^Run stopped: /);
  });

  it('dli workflow notifications, for a test message and for what was given up', async () => {
    const target = 'on_failure: [{type: slack, channel: "#a"}]';
    const spec = `name: lake.shop.told\nowner: x\nteam: t\nquery_statement: SELECT 1\nschedule: {cron: "@daily", notifications: {${target}}}\n`;
    writeFileSync(join(folder, 'told.yaml'), spec);
    await run('workflow register told.yaml');
    const tested = JSON.parse((await run('workflow notifications test lake.shop.told --format json')).stdout);
    expectShape('notification.test', tested);
    const resent = await run(`workflow notifications --resend ${tested.items[0].id} --format json`);
    expectShape('notification.resend', JSON.parse(resent.stdout));
    expect(await run('workflow unregister lake.shop.told')).toMatchObject({ exitCode: 0 });
    rmSync(join(folder, 'told.yaml'));
  });

  it('dli server start', async () => {
    const interrupt = new AbortController();
    const onOutput = (output: string) => {
      if (output.includes('Stop with Ctrl-C')) interrupt.abort();
    };
    const argv = ['server', 'start', '--port', '0', '--data', 'second', '--format', 'json'];
    const { exitCode, stdout, stderr } = await dli(argv, { cwd: folder, signal: interrupt.signal, onOutput });
    expect(exitCode).toBe(0);
    expectShape(
      z.strictObject({
        url: z.url(),
        data_dir: z.string(),
        warehouses: z.array(z.strictObject({ name: z.string(), type: z.string(), place: z.string() })),
        notes: z.array(z.string()),
      }),
      JSON.parse(stdout),
    );
    expect(stderr).toContain('Basecamp is ready: ');
  });
});

describe('the list of answers', () => {
  it('has every command', () => {
    const tested = [...cases.map(({ line }) => line), 'workflow stop', 'server start'];
    const missing = registry
      .map(({ path }) => path.join(' '))
      .filter((name) => !tested.some((line) => `${line} `.startsWith(`${name} `)));
    expect(missing).toEqual([]);
  });

  it('has every operation that a command calls', () => {
    const alone = ['workflow.stop', 'backfill.stop', 'backfill.resume', 'notification.test', 'notification.resend'];
    const shapes = [...cases.map(({ shape }) => shape), ...alone];
    // No command shows these as they are: `backfill.list` serves completion, `workflow.ticks` stands in show, the others serve programs that watch.
    const others = [
      'backfill.list',
      'events.follow',
      'system.ready',
      'system.version',
      'workflow.followLog',
      'workflow.ticks',
    ];
    expect([...checks.keys()].filter((id) => !shapes.includes(id) && !others.includes(id))).toEqual([]);
  });
});
