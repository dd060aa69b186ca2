import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { createCompiler } from '../../src/compiler/compiler.ts';
import type { NotificationType } from '../../src/contract/notifications.ts';
import type { ErrorBody } from '../../src/contract/route.ts';
import type { DeletionLimit } from '../../src/core/deletion-guard.ts';
import { EngineFixture } from '../../src/engines/embedded/engine-fixture.suite.ts';
import { Scheduler } from '../../src/engines/embedded/scheduler.ts';
import type { Sender } from '../../src/notify/sender.ts';
import { Access } from '../../src/server/access.ts';
import { createApi } from '../../src/server/api.ts';
import { createApp } from '../../src/server/http.ts';
import { Metrics } from '../../src/server/metrics.ts';
import { createRouter } from '../../src/server/router.ts';
import { OutboxDelivery } from '../../src/services/outbox-delivery.ts';
import type { ServiceParts } from '../../src/services/parts.ts';
import { SpecCache } from '../../src/services/spec-cache.ts';
import { SpecsTurn } from '../../src/services/specs-turn.ts';
import { type CodeStore, SpecStore } from '../../src/spec-store/spec-store.ts';

/** One compiler for a test file: its process takes a while to start. */
const compiler = createCompiler({ deadlineMs: 20_000 });
afterAll(() => compiler.close());

/** Fields of any answer; a test reads those that its route has. */
export interface AnswerBody extends ErrorBody {
  readonly items: readonly AnswerBody[];
  readonly next_cursor: string | null;
  readonly dataset_name: string;
  readonly run_id: string;
  readonly run_uid: string;
  readonly run_ids: readonly string[];
  readonly backfill_id: string;
  readonly status: string;
  readonly line: string;
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly body: AnswerBody;
}

/** The HTTP app in this process, over a real state file, a clock that stands still and a fake warehouse. */
export class Api extends EngineFixture {
  readonly parts: ServiceParts;
  readonly scheduler: Scheduler;
  /** Makes the scheduler of a server's start; `scheduler` is the first. */
  readonly bootScheduler: (bootId: string) => Scheduler;
  readonly api: ReturnType<typeof createApi>;
  readonly app: ReturnType<typeof createApp>;
  readonly specsFolder: string;
  /** How notifications are sent; a test may add senders. */
  readonly senders: Partial<Record<NotificationType, Sender>> = {};
  readonly bugs: unknown[] = [];
  readonly closing = new AbortController();

  constructor({
    heartbeatMs = 3_600_000,
    isPublic = false,
    trustedProxies = [],
    specsFolder = makeSpecsFolder(),
    codeMode = 'deploy',
    maxDeletions = { kind: 'percent', value: 25 },
    ...options
  }: ConstructorParameters<typeof EngineFixture>[0] & {
    readonly heartbeatMs?: number;
    readonly isPublic?: boolean;
    readonly trustedProxies?: readonly string[];
    /** @default one of its own */
    readonly specsFolder?: string;
    readonly codeMode?: CodeStore['mode'];
    /** @default a quarter */
    readonly maxDeletions?: DeletionLimit;
  } = {}) {
    super(options);
    const specs = new SpecCache(this.database);
    let uids = 0;
    const newUid = () => {
      uids += 1;
      return `00000000-0000-7000-8000-${String(uids).padStart(12, '0')}`;
    };
    this.bootScheduler = (bootId) =>
      new Scheduler({
        database: this.database,
        clock: this.clock,
        bootId,
        specOf: (revision) => specs.get(revision),
        newUid,
        onRuns: (runs) => this.engine.noteAllWaiting(runs),
        onTrouble: (error, doing) => this.troubles.push(`${doing}: ${String(error)}`),
      });
    this.scheduler = this.bootScheduler(options.owner ?? 'boot-1');
    this.specsFolder = specsFolder;
    onTestFinished(() => {
      const closed = this.engine.close();
      this.clock.advance(15_000);
      return closed;
    });
    this.parts = {
      database: this.database,
      clock: this.clock,
      engine: this.engine,
      scheduler: this.scheduler,
      compiler,
      specs,
      specStore: new SpecStore({ root: this.specsFolder, mode: codeMode, maxDeletions, settleMs: 0 }),
      specsTurn: new SpecsTurn(),
      warehouses: new Map([[this.warehouse.name, this.warehouse]]),
      templateValues: { vars: {}, envVars: {} },
      newUid,
      schedules: this.scheduler.schedules,
      deliveries: new OutboxDelivery({
        database: this.database,
        clock: this.clock,
        senders: this.senders,
        random: () => 1,
        onTrouble: (error, doing) => this.troubles.push(`${doing}: ${String(error)}`),
      }),
      stopAnswerMs: 15_000,
    };
    const status = () => ({
      version: '1',
      started_at: new Date(0).toISOString(),
      pid: 1,
      data_dir: '/x',
      engine: 'embedded' as const,
      warehouses: [],
      workflows: 0,
      runs: { PENDING: 0, RUNNING: 0 },
      max_concurrent_runs: 4,
      scheduler: { schedules: 0, next_tick_at: null, hold: null },
      spec_store: { folder: '/x/specs', code_mode: codeMode, looked_at: null, broken: 0, troubles: [] },
    });
    const isReady = () => !this.closing.signal.aborted;
    const router = createRouter({ ...this.parts, status, isReady, closing: this.closing.signal });
    const access = new Access({ ...this.parts, isPublic, trustedProxies });
    const reportBug = (error: unknown) => this.bugs.push(error);
    this.api = createApi(router, { reportBug, access, heartbeatMs });
    this.app = createApp(this.api, { reportBug, access, metrics: new Metrics(this.database, () => this.clock.now()) });
  }

  /** Sends a request; a body that is no text is sent as JSON. */
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.raw(method, path, body, headers);
    // What came is compared field by field.
    return { status: response.status, body: (await response.json()) as AnswerBody };
  }

  async raw(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return this.app.request(`/api/v1${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
  }

  /** Registers a spec and expects nothing of the answer. */
  register(spec: string, rest: object = {}): Promise<Answer> {
    return this.send('POST', '/workflows/register', { spec, ...rest });
  }
}

function makeSpecsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dli-specs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A spec of a dataset that is computed date by date. */
export function datedSpec(name = 'iceberg.analytics.daily', more = ''): string {
  return `name: ${name}
owner: me@example.com
team: "@data"
query_statement: SELECT 1 AS n, {{ execution_date | sql_date }} AS dt
parameters:
  - {name: execution_date, type: date, required: true}
  - {name: lookback_days, type: integer, default: 7}
${more}`;
}
