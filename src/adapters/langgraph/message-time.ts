type Fields = Readonly<Record<string, unknown>>;

/** The fields in which applications and models put the time of a message. */
const holders = ['lc_kwargs', 'additional_kwargs', 'response_metadata', 'metadata'];
const names = ['timestamp', 'created_at', 'createdAt', 'created'];

/**
 * The time at which a message says it was made, in milliseconds since 1970. `fields` are those of
 * an object of its class, or of that object as JSON. Values that are not dates are ignored: not
 * every number or text under such a name is one.
 */
export function messageTime(fields: Fields): number | undefined {
  for (const holder of [fields, ...holders.map((name) => fields[name])]) {
    if (typeof holder !== 'object' || holder === null) continue;
    for (const name of names) {
      const timeMs = parseTime((holder as Fields)[name]); // any object can be read like this
      if (timeMs !== undefined) return timeMs;
    }
  }
  return undefined;
}

function parseTime(value: unknown): number | undefined {
  if (value instanceof Date) return calendarTime(value.getTime());
  if (typeof value === 'number') return parseNumber(value);
  const match = typeof value === 'string' ? iso8601.exec(value) : null;
  if (match === null) return undefined;
  const [text, time, zone] = match;
  // Without a zone it is a server's local time, taken as UTC wherever this runs.
  return calendarTime(Date.parse(time !== undefined && zone === undefined ? `${text}Z` : text));
}

const iso8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Milliseconds, or seconds as models give them. Smaller numbers are counters or the like. */
function parseNumber(value: number): number | undefined {
  if (value < secondsMin) return undefined;
  return calendarTime(value < millisecondsMin ? value * 1000 : value);
}

/** Both are in March 1973. */
const secondsMin = 1e8;
const millisecondsMin = 1e11;

/** The years that every engine keeps and every date shows: 1 to 9999. */
const firstMs = Date.parse('0001-01-01T00:00:00.000Z');
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/** Whole milliseconds since 1970, or `undefined` for a time outside of the calendar. */
export function calendarTime(timeMs: number): number | undefined {
  return timeMs >= firstMs && timeMs <= lastMs ? Math.floor(timeMs) : undefined;
}
