/** How often to retry something, and how long to wait between the tries. */
export interface Backoff {
  /** The longest wait after the first try. It doubles from one try to the next, up to `maxMs`. */
  readonly firstMs: number;
  readonly maxMs: number;
  /**
   * The random share of each wait, so that callers that failed together do not return together.
   * `equal`, the default, waits at least half of the time; `full` may not wait at all, which suits
   * rivals of whom one has just won.
   */
  readonly jitter?: 'equal' | 'full';
  /** The number of tries after which to give up. Default: unlimited. */
  readonly attemptsMax?: number;
}

/** For a step that another process may win: gives up after at most 0.8 s. */
export const afterLostRace: Backoff = { firstMs: 2, maxMs: 50, jitter: 'full', attemptsMax: 20 };

/** For a database that is briefly away: tries for about ten seconds. */
export const whileDatabaseIsAway: Backoff = { firstMs: 40, maxMs: 2000, attemptsMax: 12 };

/**
 * The wait after try number `attempt` (from 1), in milliseconds. `random` is at least 0 and less
 * than 1.
 */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs, jitter = 'equal' }: Backoff,
  random: number = Math.random(),
): number {
  const longestMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return jitter === 'full' ? longestMs * random : longestMs * (0.5 + random / 2);
}

/**
 * Waits after try number `attempt` and resolves with true. Resolves with false, at once, after the
 * last try.
 *
 * @example
 * for (let attempt = 1; ; attempt++) {
 *   try {
 *     return await connect();
 *   } catch (error) {
 *     if (!(await backOff(attempt, whileDatabaseIsAway))) throw error;
 *   }
 * }
 */
export async function backOff(attempt: number, backoff: Backoff): Promise<boolean> {
  if (attempt >= (backoff.attemptsMax ?? Infinity)) return false;
  await sleep(backoffMs(attempt, backoff));
  return true;
}

/**
 * Resolves after `durationMs`, or at once when `signal` aborts. Never rejects. Keeps the process
 * alive, unless `keepsProcess` is false.
 */
export function sleep(
  durationMs: number,
  signal?: AbortSignal,
  keepsProcess: boolean = true,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish); // it may live for months
      resolve();
    };
    const timer = setTimeout(finish, durationMs);
    if (!keepsProcess) timer.unref?.();
    signal?.addEventListener('abort', finish);
  });
}
