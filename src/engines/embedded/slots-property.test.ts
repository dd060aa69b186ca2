import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { WaitingHead } from '../../store/queries/line.ts';
import { Slots } from './slots.ts';
import { WaitingLine } from './waiting-line.ts';

/** What may come in a simulated day: a run is triggered, a backfill is asked for, or a run at work ends. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant('trigger' as const), dataset: fc.integer({ min: 0, max: 2 }) }),
  fc.record({
    kind: fc.constant('backfill' as const),
    dataset: fc.integer({ min: 0, max: 2 }),
    parallel: fc.integer({ min: 1, max: 3 }),
    dates: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant('end' as const), which: fc.nat(7) }),
);

const total = 4;

/** The waiting line and the slots, driven as the dispatcher drives them, over lists that are easy to see through. */
class Simulation {
  readonly waiting: WaitingHead[] = [];
  readonly atWork: WaitingHead[] = [];
  readonly claims: WaitingHead[] = [];
  readonly #slots = new Slots({ total, perWarehouse: new Map([['w', total]]) });
  #seq = 0;

  add(head: Pick<WaitingHead, 'dataset'> & Partial<WaitingHead>): void {
    this.#seq += 1;
    const plain = { isBackfill: false, backfillId: null, parallel: 1, executionDate: null } as const;
    const rest = { warehouse: 'w', isAlone: false, isSuspect: false } as const;
    this.waiting.push({ ...plain, ...rest, runUid: `u${this.#seq}`, seq: this.#seq, ...head });
  }

  end(which: number): void {
    const [ended] = this.atWork.splice(which % Math.max(1, this.atWork.length), 1);
    if (ended) this.#slots.free(ended.runUid);
  }

  claim(): void {
    for (;;) {
      const head = this.#slots.pick(this.#line());
      if (!head) return;
      const backfillWaits = this.#line().has(head.dataset, true);
      this.#slots.take(head, { backfillWaits });
      this.waiting.splice(this.waiting.indexOf(head), 1);
      this.atWork.push(head);
      this.claims.push(head);
    }
  }

  #line(): WaitingLine {
    const line = new WaitingLine();
    for (const dataset of new Set(this.waiting.map((head) => head.dataset))) {
      const here = this.waiting.filter((head) => head.dataset === dataset);
      const first = (isBackfill: boolean) => here.find((head) => head.isBackfill === isBackfill);
      const busy = this.atWork.some((head) => head.dataset === dataset);
      const heads = busy && first(false) ? [] : [first(false), first(true)];
      line.set(
        dataset,
        heads.flatMap((head) => head ?? []),
      );
    }
    return line;
  }
}

function checkSlots({ atWork }: Simulation): void {
  expect(atWork.length).toBeLessThanOrEqual(total);
  for (const dataset of new Set(atWork.map((head) => head.dataset))) {
    const here = atWork.filter((head) => head.dataset === dataset);
    if (here.length === 1) continue;
    expect(new Set(here.map(({ backfillId }) => backfillId)).size).toBe(1);
    expect(here.every(({ isBackfill, parallel }) => isBackfill && here.length <= parallel)).toBe(true);
    expect(new Set(here.map(({ executionDate }) => executionDate)).size).toBe(here.length);
  }
}

it('whatever comes, only dates of one backfill share a dataset, none twice, and nothing waits for ever', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
      const simulation = new Simulation();
      for (const [index, one] of happenings.entries()) {
        if (one.kind === 'trigger') simulation.add({ dataset: `d${one.dataset}` });
        if (one.kind === 'end') simulation.end(one.which);
        if (one.kind === 'backfill') {
          for (const date of one.dates) {
            const run = { isBackfill: true, backfillId: `b${index}`, parallel: one.parallel };
            simulation.add({ ...run, dataset: `d${one.dataset}`, executionDate: `2024-01-0${date}` });
          }
        }
        simulation.claim();
        checkSlots(simulation);
      }
      for (let turn = 0; simulation.waiting.length + simulation.atWork.length > 0; turn += 1) {
        expect(turn, 'it ends').toBeLessThan(1_000);
        simulation.end(turn);
        simulation.claim();
        checkSlots(simulation);
      }
    }),
  );
});

it('however many on-demand runs come, a waiting backfill gets at least every tenth claim of its dataset', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 40, maxLength: 120 }), (datasets) => {
      const simulation = new Simulation();
      for (const dataset of datasets) simulation.add({ dataset: `d${dataset}` });
      for (const dataset of [0, 1, 2]) {
        for (let date = 1; date <= 4; date += 1) {
          const executionDate = `2024-01-0${date}`;
          simulation.add({ dataset: `d${dataset}`, isBackfill: true, backfillId: `b${dataset}`, executionDate });
        }
      }
      simulation.claim();
      for (let turn = 0; simulation.atWork.length > 0; turn += 1) {
        simulation.end(turn);
        simulation.claim();
      }
      for (const dataset of ['d0', 'd1', 'd2']) {
        const claims = simulation.claims.filter((head) => head.dataset === dataset);
        const last = claims.findLastIndex(({ isBackfill }) => isBackfill);
        let passed = 0;
        for (const { isBackfill } of claims.slice(0, last + 1)) {
          passed = isBackfill ? 0 : passed + 1;
          expect(passed).toBeLessThanOrEqual(9);
        }
      }
    }),
  );
});
