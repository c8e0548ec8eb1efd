import { backoffMs, sleep, type Backoff } from '../../shared/backoff.ts';
import { isBusy } from './sqlite-errors.ts';

/**
 * Runs a task again and again while another process is in its way, for at most so long; the event
 * loop goes on meanwhile. The task must have changed nothing when it fails like that.
 */
export async function waitWhileBusy<T>(task: () => T, timeoutMs: number): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return task();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= endMs) throw error;
    }
    await sleep(backoffMs(attempt, pauses));
  }
}

/** Writers of other processes hold the lock for a few milliseconds; not all should come back at once. */
const pauses: Backoff = { firstMs: 1, maxMs: 20, jitter: 'full' };
