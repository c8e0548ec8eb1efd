import { systemClock } from '../../shared/clock.ts';
import { invalid } from '../../shared/error.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { isShortText } from '../../shared/text.ts';
import type { HeaderSource } from './request-source.ts';
import { limits } from '../../api/limits.ts';

const requestIdPattern = /^[\x21-\x7e]{1,128}$/;

/** The request's own `X-Request-Id` if it is 1 to 128 visible ASCII characters, else a new one. */
export function readRequestId(headers: HeaderSource): string {
  const given = headers.get('x-request-id');
  return given !== null && requestIdPattern.test(given) ? given : newUuidV7(systemClock());
}

/** The user that a server key, or a caller in local mode, acts for. Throws `invalid_request`. */
export function readUserId(headers: HeaderSource): string | undefined {
  return readShortText(headers, 'X-User-Id', limits.idLengthMax);
}

/** Throws `invalid_request`. */
export function readIdempotencyKey(headers: HeaderSource): string | undefined {
  return readShortText(headers, 'Idempotency-Key', limits.keyLengthMax);
}

function readShortText(headers: HeaderSource, name: string, lengthMax: number): string | undefined {
  const raw = headers.get(name.toLowerCase());
  if (raw === null) return undefined;
  const text = isAscii.test(raw) ? raw : decodeUtf8(raw, name);
  if (text.length > 0 && isShortText(text, lengthMax)) return text;
  throw invalid(name, `must be 1 to ${lengthMax} characters, none of them a control character`);
}

const isAscii = /^[\x20-\x7e]*$/;

/** A header arrives as one character per byte; beyond ASCII it is UTF-8, as curl sends it. */
function decodeUtf8(raw: string, name: string): string {
  try {
    return utf8.decode(Uint8Array.from(raw, (char) => char.charCodeAt(0)));
  } catch (error) {
    if (error instanceof TypeError) throw invalid(name, 'must be ASCII or UTF-8');
    throw error;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** RFC 7240: preferences are separated by commas, and none makes a request invalid. */
export function prefersAsync(headers: HeaderSource): boolean {
  const preferences = (headers.get('prefer') ?? '').split(',');
  return preferences.some((text) => text.trim().toLowerCase() === 'respond-async');
}

/** Tells the client that the preference was followed. */
export const asyncApplied = { 'preference-applied': 'respond-async' } as const;
