import { systemClock } from '../shared/clock.ts';

/**
 * Milliseconds that a `Retry-After` asks for, in seconds or as a date; `undefined` for none that is
 * valid.
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
