import type { BackfillRow, RunRow } from './recorded-state.ts';

/** How runs stand at a moment, by run id; those that no event has changed are PENDING. */
export type RunStates = ReadonlyMap<string, string>;

const ended: readonly (string | undefined)[] = ['COMPLETED', 'FAILED', 'KILLED'];
const unsuccessful: readonly (string | undefined)[] = ['FAILED', 'KILLED'];

/**
 * The order of one backfill's dates, followed event by event: at most `parallel` of them are open at once, each starts after
 * those before it, none starts after one that did not complete (unless it is to go on), and a resume gives exactly the dates
 * that did not complete one new run each.
 */
export class BackfillOrder {
  readonly #backfill: BackfillRow;
  /** The newest run of each date, in the order of the backfill. */
  #current: readonly RunRow[];
  /** Runs that a resume is still to bring. */
  #later: readonly RunRow[];
  readonly #superseded = new Set<RunRow>();
  readonly #started = new Set<RunRow>();
  /** How the backfill stands; undefined before it was created. */
  #status: string | undefined;

  /** `runs` are those of the backfill in the order in which they were stored. */
  constructor(backfill: BackfillRow, runs: readonly RunRow[]) {
    this.#backfill = backfill;
    this.#current = runs.slice(0, backfill.total_runs);
    this.#later = runs.slice(backfill.total_runs);
  }

  /** Takes an event of the backfill itself. Returns what is wrong with it. */
  change(kind: string, states: RunStates): readonly string[] {
    const before = this.#status;
    const wrong = [`${kind} of ${this.#id} came while it was ${before ?? 'not there'}`];
    switch (kind) {
      case 'backfill.created':
        this.#status = 'RUNNING';
        return [...(before === undefined ? [] : wrong), ...this.#wrongDates()];
      case 'backfill.stop_requested':
        return before === 'RUNNING' ? [] : wrong;
      case 'backfill.resumed':
        this.#status = 'RUNNING';
        return [...(unsuccessful.includes(before) ? [] : wrong), ...this.#resume(states)];
      case 'backfill.completed':
      case 'backfill.failed':
      case 'backfill.killed':
        this.#status = kind.slice('backfill.'.length).toUpperCase();
        return [...(before === 'RUNNING' ? [] : wrong), ...this.#wrongEnd(this.#status, states)];
      default:
        return [`${kind} of ${this.#id} is not known`];
    }
  }

  /** Takes the start of one of its runs. Returns what is wrong with it. */
  start(run: RunRow, states: RunStates): readonly string[] {
    const { parallel, continue_on_failure } = this.#backfill;
    const isFirst = !this.#started.has(run);
    this.#started.add(run);
    const place = this.#current.indexOf(run);
    if (place === -1) return [`${run.run_id} started and is not a run of ${this.#id} now`];
    const earlier = this.#current.slice(0, place);
    const open = earlier.filter((other) => !ended.includes(states.get(other.run_id)));
    const skipped = open.filter((other) => !this.#started.has(other));
    // A run whose process died goes on to its end, whatever became of the others meanwhile.
    const stops = isFirst && continue_on_failure === 0;
    const faults = stops ? this.#current.filter((other) => unsuccessful.includes(states.get(other.run_id))) : [];
    return [
      ...(open.length < parallel ? [] : [`${run.run_id} started while ${idsOf(open)} were open`]),
      ...(skipped.length === 0 ? [] : [`${run.run_id} started before ${idsOf(skipped)}`]),
      ...(faults.length === 0 ? [] : [`${run.run_id} started after ${idsOf(faults)} did not complete`]),
    ];
  }

  /** Judges how it is left. */
  end(): readonly string[] {
    const { status } = this.#backfill;
    const marked = [...this.#current, ...this.#superseded, ...this.#later].filter(
      (run) => (run.superseded === 1) !== this.#superseded.has(run),
    );
    return [
      ...(this.#status === status ? [] : [`${this.#id} is ${status}; its events say ${this.#status}`]),
      ...(this.#later.length === 0 ? [] : [`nobody asked for ${idsOf(this.#later)}`]),
      ...(marked.length === 0 ? [] : [`${idsOf(marked)} are wrong about being superseded`]),
    ];
  }

  get #id(): string {
    return this.#backfill.backfill_id;
  }

  #wrongDates(): readonly string[] {
    const dates = this.#current.map((run) => run.execution_date);
    const inOrder = dates.toSorted();
    const expected = this.#backfill.reverse === 1 ? inOrder.toReversed() : inOrder;
    const { total_runs: total } = this.#backfill;
    return [
      ...(dates.join() === expected.join() ? [] : [`the dates of ${this.#id} are stored as ${dates}`]),
      ...(dates.length === total ? [] : [`${this.#id} has ${dates.length} of ${total} runs`]),
    ];
  }

  #resume(states: RunStates): readonly string[] {
    const replaced = this.#current.filter((run) => unsuccessful.includes(states.get(run.run_id)));
    const news = this.#later.slice(0, replaced.length);
    this.#later = this.#later.slice(replaced.length);
    for (const run of replaced) this.#superseded.add(run);
    this.#current = [...this.#current.filter((run) => !this.#superseded.has(run)), ...news];
    const [wanted, got] = [replaced, news].map((runs) => runs.map((run) => run.execution_date).join());
    return wanted === got ? [] : [`the resume of ${this.#id} is of ${got} instead of ${wanted}`];
  }

  #wrongEnd(status: string, states: RunStates): readonly string[] {
    const found = this.#current.map((run) => states.get(run.run_id));
    const isRight =
      found.every((state) => ended.includes(state)) &&
      (status === 'COMPLETED' ? !found.some((state) => unsuccessful.includes(state)) : found.includes(status));
    return isRight ? [] : [`${this.#id} ended ${status} with ${found}`];
  }
}

function idsOf(runs: readonly RunRow[]): string {
  return runs.map((run) => run.run_id).join(', ');
}
