import type { Compiler } from '../compiler/compiler.ts';
import type { Clock } from '../core/clock.ts';
import type { OpenSchedules } from '../core/open-schedules.ts';
import type { EmbeddedEngine } from '../engines/embedded/engine.ts';
import type { Scheduler } from '../engines/embedded/scheduler.ts';
import type { SpecStore } from '../spec-store/spec-store.ts';
import type { Database } from '../store/sqlite.ts';
import type { Warehouse } from '../warehouses/warehouse.ts';
import type { OutboxDelivery } from './outbox-delivery.ts';
import type { SpecCache } from './spec-cache.ts';
import type { SpecsTurn } from './specs-turn.ts';

/** What the services are built on; `server/start.ts` wires it. */
export interface ServiceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly engine: EmbeddedEngine;
  readonly scheduler: Scheduler;
  readonly compiler: Compiler;
  readonly specs: SpecCache;
  readonly specStore: SpecStore;
  /** Deploys and looks at the spec store are one at a time. */
  readonly specsTurn: SpecsTurn;
  readonly warehouses: ReadonlyMap<string, Warehouse>;
  /** What `var()` and `env_var()` may read. */
  readonly templateValues: TemplateValues;
  /** Makes a run's identity. */
  readonly newUid: () => string;
  readonly schedules: OpenSchedules;
  readonly deliveries: OutboxDelivery;
  /** How long a stop waits for the warehouse before it answers that it goes on. */
  readonly stopAnswerMs: number;
}

/** Values from outside that templates may read. */
export interface TemplateValues {
  readonly vars: Readonly<Record<string, string>>;
  readonly envVars: Readonly<Record<string, string | null>>;
}

/** Who asks, and the key that makes a repeat of the request harmless. */
export interface Caller {
  readonly actor: string;
  readonly idempotencyKey: string | undefined;
}
