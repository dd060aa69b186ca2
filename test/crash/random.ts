/** Random numbers that a seed repeats. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  readonly between: (min: number, max: number) => number;
  /** True once in `times`. */
  readonly onceIn: (times: number) => boolean;
  /** One of the items. @throws when there is none */
  readonly pick: <Item>(items: readonly Item[]) => Item;
}

/** Makes a generator (mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    between,
    onceIn: (times) => between(1, times) === 1,
    pick: (items) => {
      const index = between(0, items.length - 1);
      if (index in items) return items[index] as (typeof items)[number];
      throw new RangeError('nothing to pick from');
    },
  };
}
