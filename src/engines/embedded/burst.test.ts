import { describe, expect, it } from 'vitest';
import { FakeWarehouse } from '../../../test/fakes/fake-warehouse.ts';
import { storeBackfill } from '../../store/store-fixture.suite.ts';
import { EngineFixture } from './engine-fixture.suite.ts';

/** An engine with two places, and what it began so far. */
function start() {
  const warehouse = new FakeWarehouse();
  warehouse.manual = true;
  const f = new EngineFixture({ warehouse, limits: { total: 2, perWarehouse: new Map([['default', 2]]) } });
  const triggers = (count: number, from = 0) =>
    Promise.all(Array.from({ length: count }, (_, index) => f.trigger({ dataset: `d${from + index}` })));
  const begun = async () => {
    await f.quiet();
    return warehouse.begun.length;
  };
  const endTwo = async () => {
    for (let attempt = 0; attempt < 2; attempt += 1) (await warehouse.attempt()).succeed();
  };
  return { f, triggers, begun, endTwo };
}

describe('a burst of triggers', () => {
  it('lets claims rest for 50 ms after each round of them', async () => {
    const { f, triggers, begun, endTwo } = start();
    await triggers(20);
    expect(await begun()).toBe(2);
    await endTwo();
    expect(await begun()).toBe(2);
    await triggers(20, 20);
    f.clock.advance(49);
    expect(await begun()).toBe(2);
    f.clock.advance(1);
    expect(await begun()).toBe(4);
    // Those claims rest as well: another burst came meanwhile.
    await endTwo();
    expect(await begun()).toBe(4);
    f.clock.advance(50);
    expect(await begun()).toBe(6);
  });

  it('is over when no commit accepts many any more: then every end makes room at once', async () => {
    const { f, triggers, begun, endTwo } = start();
    await triggers(20);
    await begun();
    f.clock.advance(50);
    await endTwo();
    expect(await begun()).toBe(4);
    await endTwo();
    expect(await begun()).toBe(6);
    await triggers(15, 20);
    await endTwo();
    expect(await begun()).toBe(8);
  });

  it('is not what comes one after the other', async () => {
    const { triggers, begun, endTwo } = start();
    for (let index = 0; index < 40; index += 10) await triggers(10, index);
    expect(await begun()).toBe(2);
    await endTwo();
    expect(await begun()).toBe(4);
  });

  it('keeps nobody waiting in whom it has begun nothing', async () => {
    const { f, triggers, begun } = start();
    const release = f.engine.hold();
    await triggers(20);
    expect(await begun()).toBe(0);
    release();
    expect(await begun()).toBe(2);
  });

  it('claims nothing after a rest when the engine was closed meanwhile', async () => {
    const { f, triggers, begun, endTwo } = start();
    await triggers(20);
    expect(await begun()).toBe(2);
    await endTwo();
    await f.quiet();
    await f.engine.close();
    f.clock.advance(50);
    expect(await begun()).toBe(2);
    expect(f.troubles).toEqual([]);
  });

  it('lets claims rest for a second in all: a load that lasts is worked off as fast as without', async () => {
    const { f, triggers, begun } = start();
    f.warehouse.manual = false;
    const allBegun = async () => {
      for (let before = -1; before < (await begun()); ) before = await begun();
      return f.warehouse.begun.length;
    };
    for (let index = 0; index < 40; index += 1) {
      await triggers(16, 16 * index);
      await allBegun();
      f.clock.advance(25);
    }
    // Two places, twenty times.
    expect(f.warehouse.begun.length).toBeLessThanOrEqual(42);
    await triggers(16, 16 * 40);
    expect(await allBegun()).toBe(16 * 41);
    // When none came for a second, the next one is another.
    f.clock.advance(1_001);
    await triggers(16, 16 * 41);
    expect(await allBegun()).toBe(16 * 41 + 2);
  });

  it('is over when the claims come late', async () => {
    const { f, triggers, begun, endTwo } = start();
    await triggers(2, 100);
    await begun();
    await triggers(20);
    f.clock.advance(51);
    await endTwo();
    expect(await begun()).toBe(4);
  });

  it('begins no rest when there was no place to claim anything for', async () => {
    const { triggers, begun, endTwo } = start();
    await triggers(2, 100);
    await begun();
    await triggers(20);
    expect(await begun()).toBe(2);
    await endTwo();
    // The first end makes room at once, and a rest begins with that.
    expect(await begun()).toBe(3);
  });

  it('lets no date of a backfill begin ahead of its claim, which rests', async () => {
    const { f, begun } = start();
    await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02'] });
    for (let index = 0; index < 16; index += 1) f.engine.noteWaiting({ dataset: 'main.a', runType: 'backfill' });
    const first = await f.warehouse.attempt();
    await f.quiet();
    expect(f.warehouse.gated).toEqual([]);
    first.succeed();
    expect(await begun()).toBe(1);
    f.clock.advance(50);
    expect(await begun()).toBe(2);
    expect(f.warehouse.gated).toEqual([]);
  });
});
