import { invalid } from './error.ts';

/**
 * Milliseconds since 1970 as the API writes times: ISO 8601, UTC, with milliseconds. Times come in
 * rows, and those of one day begin alike, which saves most of the work.
 */
export function isoTime(ms: number): string {
  if (!Number.isInteger(ms) || ms < 0) return new Date(ms).toISOString();
  const sinceMidnight = ms % dayMs;
  const startMs = ms - sinceMidnight;
  if (startMs !== day.startMs) day = { startMs, text: dayOf(ms) };
  const seconds = Math.floor(sinceMidnight / 1000);
  const minutes = Math.floor(seconds / 60);
  const clock = `${twoDigits[Math.floor(minutes / 60)]}:${twoDigits[minutes % 60]}`;
  return `${day.text}${clock}:${twoDigits[seconds % 60]}.${threeDigits[sinceMidnight % 1000]}Z`;
}

/** The text up to the `T`. Throws a `RangeError` beyond the years that a date can have. */
function dayOf(ms: number): string {
  const text = new Date(ms).toISOString();
  return text.slice(0, text.indexOf('T') + 1);
}

const dayMs = 24 * 60 * 60 * 1000;

/** The day of the last time that was written. */
let day = { startMs: Number.NaN, text: '' };

const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const threeDigits = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));

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

/** The form of a time that `mustTime` takes, for the documents of the API. */
export const timePattern =
  '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)$';

const isoPattern = new RegExp(timePattern);
