import type { ServerStatus } from '../contract/system.ts';
import type { ServiceParts } from '../services/parts.ts';
import type { SyncOutcome } from '../services/sync.ts';
import { instantOf } from '../services/views.ts';
import { countBrokenFiles } from '../store/queries/spec-files.ts';
import type { ServerConfig } from './config.ts';
import type { ServerLog } from './server-log.ts';

/** Remembers the last look at the spec store for the server's status, and logs what is news. */
export class SpecLooks {
  readonly #log: ServerLog;
  #lookedAt: number | null = null;
  #troubles: readonly string[] = [];
  #told = new Set<string>();

  constructor(log: ServerLog) {
    this.#log = log;
  }

  /** Takes note of a look, at `now` (epoch ms). */
  note(outcome: SyncOutcome, now: number): void {
    this.#lookedAt = now;
    this.#troubles = outcome.troubles;
    const lines = linesOf(outcome);
    for (const line of lines) if (!this.#told.has(line)) this.#log.info(line);
    this.#told = new Set(lines);
  }

  /** What the server's status says of the spec store. */
  status({ specsDir, code }: ServerConfig, { database }: ServiceParts): ServerStatus['spec_store'] {
    return {
      folder: specsDir,
      code_mode: code.mode,
      looked_at: instantOf(this.#lookedAt),
      broken: countBrokenFiles(database),
      troubles: [...this.#troubles],
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
