/** The years that every engine keeps and every date shows: 1 to 9999. */
const firstMs = Date.parse('0001-01-01T00:00:00.000Z');
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/** Whole milliseconds since 1970, or `undefined` for a time outside of the calendar. */
export function calendarTime(timeMs: number): number | undefined {
  return timeMs >= firstMs && timeMs <= lastMs ? Math.floor(timeMs) : undefined;
}
