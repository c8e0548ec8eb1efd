/**
 * The seed of random tests: the environment's `SEED`, or one from the clock. Put it into the title
 * of every test that uses it, so that each report prints it and `SEED=… npx vitest run …` repeats
 * the run.
 */
export function seedForTesting(): number {
  const given = process.env.SEED;
  if (given === undefined || given === '') return Date.now() % 2 ** 32;
  const seed = Number(given);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new TypeError(`SEED must be 0 to 4294967295, not ${given}`);
  }
  return seed;
}
