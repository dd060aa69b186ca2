import { writeFileSync } from 'node:fs';
import { serveParent } from '../../child/serve.ts';
import { runAttempt } from './attempt.ts';
import { reportAttempt } from './attempt-report.ts';
import { bindStatements } from './bind.ts';
import type {
  AllowInput,
  AttemptNotice,
  BindInput,
  CancelInput,
  DuckdbConfig,
  ExecuteInput,
  ParseInput,
  PrepareInput,
  PreviewInput,
} from './child-protocol.ts';
import { makeWayForServer } from './make-way.ts';
import { prepareCatalog } from './prepare-catalog.ts';
import { previewTable } from './preview.ts';
import { Session } from './session.ts';
import { StatementParser } from './statement-parser.ts';
import { type Aside, Succession } from './succession.ts';

/* The warehouse process: users' SQL runs here and nowhere else. */

/** A call under way: what cancels it and what lets it commit. */
interface RunningCall {
  readonly controller: AbortController;
  readonly allow: () => void;
}

const running = new Map<number, RunningCall>();
const succession = new Succession();
const parser = new StatementParser();
let session: Session | undefined;

function current(): Session {
  if (!session) throw new TypeError('configure comes first');
  return session;
}

serveParent({
  // Never answered: it stays open so that the session can report to the server's log.
  configure: (config: DuckdbConfig, notify) => {
    preferForOutOfMemory();
    makeWayForServer();
    session = new Session(config, (line) => notify(line));
    return new Promise<never>(() => undefined);
  },
  execute: async ({ id, work, gated, after }: ExecuteInput, notify: (notice: AttemptNotice) => void) => {
    const controller = new AbortController();
    const permit = Promise.withResolvers<void>();
    const report = reportAttempt(notify);
    running.set(id, { controller, allow: permit.resolve });
    // A cancel ends the wait as well; the attempt then looks at its signal.
    controller.signal.addEventListener('abort', () => permit.resolve());
    if (!gated) permit.resolve();
    try {
      const { signal } = controller;
      const context = { session: current(), signal, report };
      const attempt = (aside: Aside) => runAttempt(work, { ...context, mayCommit: () => aside(permit.promise) });
      const notBegun = { kind: 'cancelled', published: false, postIndex: work.postIndex } as const;
      return await succession.run({ id, after, signal }, attempt, notBegun);
    } catch (error) {
      return endProcess(error);
    } finally {
      report.flush();
      running.delete(id);
    }
  },
  allow: ({ id }: AllowInput) => running.get(id)?.allow(),
  cancel: ({ id, reason }: CancelInput) => running.get(id)?.controller.abort(reason),
  close: async () => {
    for (const { controller } of running.values()) controller.abort('shutdown');
    await session?.close();
  },
  parse: (input: ParseInput) => parser.parse(input),
  prepare: (input: PrepareInput) => cancellable(input.id, (signal) => prepareCatalog(current(), input, signal)),
  bind: (input: BindInput) => cancellable(input.id, (signal) => bindStatements(current(), input, signal)),
  preview: (input: PreviewInput) => cancellable(input.id, (signal) => previewTable(current(), input, signal)),
});

async function cancellable<Result>(id: number, action: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  running.set(id, { controller, allow: () => undefined });
  try {
    return await action(controller.signal);
  } finally {
    running.delete(id);
  }
}

// DuckDB cannot say any more what it committed. A new process reads the file as it is on the disk, so this one ends; the
// parent reports its attempts as lost, with this line as the reason.
function endProcess(error: unknown): Promise<never> {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.disconnect());
  return new Promise<never>(() => undefined);
}

// Not all of DuckDB's memory counts against its limit. If the machine runs out, Linux should end this process and not
// the server. Elsewhere there is no such file.
function preferForOutOfMemory(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '800');
  } catch {
    return;
  }
}
