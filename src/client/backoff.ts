import { systemClock } from '../shared/clock.ts';

/**
 * How long to wait before try number `attempt` (from 1): exponential from `firstMs`, at most `maxMs`,
 * and at random between half of that and all of it, so that many clients cut off together do not
 * come back together.
 */
export function backoffMs(
  attempt: number,
  firstMs: number,
  maxMs: number,
  random: number = Math.random(),
): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return fullMs * (0.5 + random / 2);
}

/** Milliseconds that a `Retry-After` asks for, in seconds or as a date; `undefined` for none that is valid. */
export function retryAfterMs(
  header: string | null,
  nowMs: number = systemClock(),
): number | undefined {
  if (header === null) return undefined;
  if (/^[0-9]{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/** Resolves after `durationMs`, or at once when `signal` aborts. Never rejects. */
export function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, durationMs);
    signal?.addEventListener('abort', finish);
  });
}
