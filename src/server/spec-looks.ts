import type { SourceType } from '../contract/fields.ts';
import type { ServerStatus } from '../contract/system.ts';
import type { ServiceParts } from '../services/parts.ts';
import type { SyncOutcome } from '../services/sync.ts';
import { instantOf } from '../services/views.ts';
import { countBrokenFiles } from '../store/queries/spec-files.ts';
import type { ServerConfig } from './config.ts';
import type { ServerLog } from './server-log.ts';

/** What the last look at a source had to say. */
interface Told {
  readonly troubles: readonly string[];
  readonly lines: ReadonlySet<string>;
}

/** Remembers the last look at each source of the spec store for the server's status, and logs what is news. */
export class SpecLooks {
  readonly #log: ServerLog;
  #lookedAt: number | null = null;
  readonly #told = new Map<SourceType, Told>();

  constructor(log: ServerLog) {
    this.#log = log;
  }

  /** Takes note of a look at a source, at `now` (epoch ms). */
  note(source: SourceType, outcome: SyncOutcome, now: number): void {
    this.#lookedAt = now;
    const before = this.#told.get(source)?.lines;
    const lines = new Set(linesOf(outcome));
    for (const line of lines) if (!before?.has(line)) this.#log.info(line);
    this.#told.set(source, { troubles: outcome.troubles, lines });
  }

  /** What the server's status says of the spec store. */
  status(
    { specsDir, code }: Pick<ServerConfig, 'specsDir' | 'code'>,
    { database }: Pick<ServiceParts, 'database'>,
  ): ServerStatus['spec_store'] {
    return {
      folder: specsDir,
      code_mode: code.mode,
      looked_at: instantOf(this.#lookedAt),
      broken: countBrokenFiles(database),
      troubles: [...this.#told.values()].flatMap(({ troubles }) => troubles),
    };
  }
}

/** What is wrong after a look, a line each. */
export function linesOf({ reports, troubles, notes }: SyncOutcome): readonly string[] {
  return [
    ...troubles,
    ...notes,
    ...reports.flatMap(({ broken, held }) => [
      ...broken.map(({ file, error }) => `${file} is not in force: ${error}`),
      ...held.map(({ dataset, reason }) => `${dataset} stays in force although its file is gone: ${reason}`),
    ]),
  ];
}
