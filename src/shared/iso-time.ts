import { invalid } from './error.ts';

/** Milliseconds since 1970 as the API writes times: ISO 8601, UTC, with milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * The milliseconds since 1970 of an ISO 8601 time with its offset; throws `invalid_request` for
 * anything else.
 *
 * @example
 * mustTime('2026-11-30T12:00:00Z', 'mutedUntil'); // 1796040000000
 */
export function mustTime(value: unknown, path: string): number {
  const ms = typeof value === 'string' && isoPattern.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw invalid(path, 'must be a time such as 2026-11-30T12:00:00Z (ISO 8601, with its offset)');
}

const isoPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
