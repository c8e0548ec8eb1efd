/** Random numbers that a seed reproduces exactly. Not for secrets. */
export interface SeededRandom {
  /** 0 to 1, excluding 1. */
  fraction(): number;
  /** 0 to `count` - 1. */
  below(count: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/**
 * The generator is mulberry32 (Tommy Ettinger, public domain): 32 bits of state are enough for
 * tests.
 */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(fraction() * count);
  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    pick: (list) => {
      if (list.length === 0) throw new TypeError('Cannot pick from an empty list.');
      // In range, though it may be undefined.
      return list[below(list.length)] as (typeof list)[number];
    },
  };
}
