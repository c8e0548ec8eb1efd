import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SkeinError } from '../../shared/error.ts';
import { limits } from '../../api/limits.ts';
import { jsonDepthMax, parseJsonExactly, type JsonValue } from '../../shared/json.ts';
import { tooLarge, type RequestSource } from './request-source.ts';

/**
 * The JSON in a request's body, at most `bytesMax` bytes of UTF-8; `undefined` for an empty body.
 * Throws `payload_too_large`, or `invalid_request` for any other fault.
 */
export async function readJsonBody(
  source: RequestSource,
  bytesMax: number,
): Promise<JsonValue | undefined> {
  const contentType = source.headers.get('content-type');
  if (contentType !== null && !isJson(contentType)) throw wrongContentType(contentType);
  const sent = await arrived(source.readBytes(bytesMax));
  const bytes = await unpacked(sent, source.headers.get('content-encoding'), bytesMax);
  if (bytes.byteLength === 0) return undefined;
  if (contentType === null) throw wrongContentType('none');
  const text = decode(bytes);
  mustHoldFewValues(text);
  return parse(text);
}

/** `application/json` and `application/…+json`, in UTF-8. */
function isJson(contentType: string): boolean {
  if (contentType === 'application/json') return true;
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  if (!/^application\/(?:[a-z0-9!#$&^_.-]+\+)?json$/.test(type.trim())) return false;
  return parameters.every((parameter) => {
    const [name, value] = parameter.split('=');
    return name?.trim() !== 'charset' || value?.trim().replaceAll('"', '') === 'utf-8';
  });
}

function wrongContentType(contentType: string): SkeinError {
  return malformed(
    `Send the body as JSON in UTF-8, with Content-Type: application/json (it was ${contentType.slice(0, 100)}).`,
    'must be application/json',
    'Content-Type',
  );
}

/** A failure while a body arrives is the connection's or the client's fault, never the server's. */
async function arrived<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SkeinError) throw error;
    throw malformed('The body was cut off before its end.', 'must arrive whole', '', error);
  }
}

const gunzipBytes = promisify(gunzip);

/** The body without its compression, which counts in full: a small one may become very large. */
async function unpacked(
  bytes: Uint8Array,
  encoding: string | null,
  bytesMax: number,
): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity' || name === '') return bytes;
  if (name !== 'gzip' && name !== 'x-gzip') {
    const text = `Send the body as it is, or with Content-Encoding: gzip (it was ${name.slice(0, 100)}).`;
    throw malformed(text, 'must be gzip or absent', 'Content-Encoding');
  }
  try {
    return await gunzipBytes(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(bytesMax);
    throw malformed('The body is not gzip, as Content-Encoding says.', 'must be gzip', '', error);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError)
      throw malformed('The body is not UTF-8.', 'must be UTF-8', '', error);
    throw error;
  }
}

function parse(text: string): JsonValue {
  try {
    return parseJsonExactly(text);
  } catch (error) {
    // The stack overflowed in values nested thousands of levels deep, far beyond the limit.
    if (error instanceof RangeError) throw nestedTooDeeply(error);
    throw error;
  }
}

function nestedTooDeeply(cause?: unknown): SkeinError {
  const message = `must not be nested deeper than ${jsonDepthMax} levels`;
  return malformed('The body is nested too deeply.', message, '', cause);
}

function malformed(text: string, message: string, path = '', cause?: unknown): SkeinError {
  return new SkeinError('invalid_request', text, { issues: [{ path, message }], cause });
}

/**
 * Refuses a text with too many values before it is parsed and checked, which takes much longer than
 * for few large ones and leaves no time for other requests. Counts every entry of a list or an
 * object; whether the text is JSON at all is for the parser to say.
 */
function mustHoldFewValues(text: string): void {
  const { bodyValuesMax } = limits;
  if (text.length < bodyValuesMax) return; // each value has at least a comma
  let count = 1;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) i = endOfText(text, i);
    else if (code === comma) count++;
    else if (code === openList || code === openObject) {
      count++;
      depth++;
    } else if (code === closeList || code === closeObject) {
      depth--;
      if (isEmptyBefore(text, i)) count--;
    }
    if (depth > depthScannedMax) throw nestedTooDeeply();
    if (count > bodyValuesMax) {
      throw new SkeinError(
        'payload_too_large',
        `The body has more than ${bodyValuesMax} values. Send less at once.`,
      );
    }
  }
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const space = 0x20;
/** Far beyond what any content may have. */
const depthScannedMax = 1000;

/** The place of the quote that ends the text which begins at `start`. */
function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes++;
  return backslashes % 2 === 1;
}

function isEmptyBefore(text: string, close: number): boolean {
  let at = close - 1;
  while (at > 0 && text.charCodeAt(at) <= space) at--;
  const before = text.charCodeAt(at);
  return before === openList || before === openObject;
}
