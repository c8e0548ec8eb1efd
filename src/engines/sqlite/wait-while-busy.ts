import { backoffMs, sleep, type Backoff } from '../../shared/backoff.ts';
import { isBusy } from './sqlite-errors.ts';

/**
 * Repeats a task while another process blocks it, for at most `timeoutMs`; the event loop continues
 * meanwhile. A blocked task must have changed nothing.
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

/**
 * Writers of other processes hold the lock for a few milliseconds; not all waiters should retry at
 * once.
 */
const pauses: Backoff = { firstMs: 1, maxMs: 20, jitter: 'full' };
