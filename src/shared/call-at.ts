import type { Clock } from './clock.ts';

/**
 * Calls back once, when the clock has reached a time, at once if it has passed. Returns the
 * function that calls it off. Keeps no process alive.
 */
export function callAt(clock: Clock, timeMs: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (): void => {
    const waitMs = timeMs - clock();
    if (waitMs <= 0) return run();
    timer = setTimeout(wait, Math.min(waitMs, longestMs));
    timer.unref?.();
  };
  wait();
  return () => clearTimeout(timer);
}

/** A platform's timer for longer than 24.8 days would ring at once. */
const longestMs = 24 * 60 * 60 * 1000;
