import { systemClock } from '../shared/clock.ts';

/**
 * The pause that a `Retry-After` header asks for, given in seconds or as a date, in milliseconds;
 * `undefined` if it is absent or invalid.
 */
export function retryAfterMs(
  header: string | null,
  nowMs: number = systemClock(),
): number | undefined {
  if (header === null) return undefined;
  if (/^[0-9]{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
