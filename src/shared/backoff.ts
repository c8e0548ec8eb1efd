/** How often and after which waits something is tried again. */
export interface Backoff {
  /** The longest wait after the first try. It doubles from one try to the next, up to `maxMs`. */
  readonly firstMs: number;
  readonly maxMs: number;
  /**
   * How much of each wait is left to chance, so that those who failed together do not come back
   * together. `equal`, the default, waits at least half of it; `full` may not wait at all, which is
   * right for rivals of whom one has just won.
   */
  readonly jitter?: 'equal' | 'full';
  /** It is given up after so many tries. Default: never. */
  readonly attemptsMax?: number;
}

/** A step that another process may have won: at most 0.8 s of losing again and again. */
export const afterLostRace: Backoff = { firstMs: 2, maxMs: 50, jitter: 'full', attemptsMax: 20 };

/** A database that is away for a moment: about ten seconds of trying. */
export const whileDatabaseIsAway: Backoff = { firstMs: 40, maxMs: 2000, attemptsMax: 12 };

/** How long to wait after try number `attempt`, from 1. `random` is at least 0 and less than 1. */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs, jitter = 'equal' }: Backoff,
  random: number = Math.random(),
): number {
  const longestMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return jitter === 'full' ? longestMs * random : longestMs * (0.5 + random / 2);
}

/**
 * Waits after try number `attempt`. False, at once, when that was the last one.
 *
 * @example
 * for (let attempt = 1; ; attempt++) {
 *   try {
 *     return await commit();
 *   } catch (error) {
 *     if (!(error instanceof ConflictError) || !(await backOff(attempt, afterLostRace))) throw error;
 *   }
 * }
 */
export async function backOff(attempt: number, backoff: Backoff): Promise<boolean> {
  if (attempt >= (backoff.attemptsMax ?? Infinity)) return false;
  await sleep(backoffMs(attempt, backoff));
  return true;
}

/**
 * Resolves after `durationMs`, or at once when `signal` aborts. Never rejects. Node waits for it
 * before it exits, unless `keepsProcess` is false.
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
