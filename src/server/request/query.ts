import { invalid } from '../../shared/error.ts';

/** A parameter that may be repeated has an array. */
export type QueryValues = Readonly<Record<string, string | readonly string[]>>;

/**
 * The query parameters of a URL, each at most once unless it is named in `repeats`. Throws
 * `invalid_request` if one is repeated or has a broken percent-encoding. The result has no
 * prototype, so that no name is special.
 */
export function readQuery(url: string, repeats: readonly string[] = []): QueryValues {
  // The new object is empty.
  const values = Object.create(null) as Record<string, string | readonly string[]>;
  const start = url.indexOf('?');
  if (start === -1) return values;
  const end = url.indexOf('#', start);
  for (const pair of url.slice(start + 1, end === -1 ? undefined : end).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals), '');
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1), name);
    if (repeats.includes(name)) values[name] = [values[name] ?? [], value].flat();
    else if (name in values) throw invalid(name, 'must be given only once');
    else values[name] = value;
  }
  return values;
}

function decode(text: string, name: string): string {
  const decoded = decodePercent(text.replaceAll('+', ' '));
  if (decoded === undefined) throw invalid(name, 'has a broken percent-encoding');
  return decoded;
}

/** Decodes a percent-encoding; `undefined` if it is broken. */
function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Whether a URL's path can be decoded. */
export function isPathDecodable(url: string): boolean {
  if (!url.includes('%')) return true;
  const end = url.search(/[?#]/);
  return decodePercent(end === -1 ? url : url.slice(0, end)) !== undefined;
}
