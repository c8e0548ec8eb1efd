/**
 * The only waits that tests may make by a timer: none of them decides whether a test passes. The
 * tidy rule in `test/rules/waits.ts` finds all others.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../../src/engine/fault/seeded-random.ts';

/** Only what has hung takes so long. It is less than a test may take, so that the test says why. */
const hungMs = 110_000;
// Kept from before a test replaces the clock.
const now = performance.now.bind(performance);

/**
 * Resolves once the condition holds, for events that call no one back. `explain` adds to the error
 * what a reader needs who learns that it never did.
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  explain: () => string = () => '',
): Promise<void> {
  for (const endMs = now() + hungMs; !(await isSo()); await pause(2)) {
    if (now() > endMs) throw new Error(`The condition did not come true. ${explain()}`);
  }
}

/**
 * Pauses at random, at most so many milliseconds, so that callers overtake each other. A test must
 * not conclude anything from it.
 */
export async function pauseAtRandom(random: SeededRandom, longestMs: number): Promise<void> {
  await pause(random.below(longestMs + 1));
}

/** As long as a reader sleeps that is not woken, or longer. */
const longMs = 5000;
let holders = 0;

/**
 * Until all holders are disposed of, timers of five seconds and more never ring. What still happens
 * was caused by an event, and not by a look that is taken once in a while.
 */
export function holdLongTimers(): Disposable {
  if (holders++ === 0) globalThis.setTimeout = Object.assign(setUnlessLong, setAny);
  let isHeld = true;
  return {
    [Symbol.dispose]() {
      if (isHeld && --holders === 0) globalThis.setTimeout = setAny;
      isHeld = false;
    },
  };
}

const setAny = globalThis.setTimeout;

function setUnlessLong(callback: () => void, delayMs: number = 0): NodeJS.Timeout {
  if (delayMs < longMs) return setAny(callback, delayMs);
  return setAny(() => undefined, 2 ** 31 - 1).unref(); // it can be cleared like any other
}
