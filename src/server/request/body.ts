import { SkeinError } from '../../shared/error.ts';
import { jsonDepthMax, parseJsonExactly, type JsonValue } from '../../shared/json.ts';
import type { RequestSource } from './request-source.ts';

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
  const bytes = await arrived(source.readBytes(bytesMax));
  if (bytes.byteLength === 0) return undefined;
  if (contentType === null) throw wrongContentType('none');
  return parse(decode(bytes));
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
    if (error instanceof RangeError) {
      throw malformed(
        'The body is nested too deeply.',
        `must not be nested deeper than ${jsonDepthMax} levels`,
        '',
        error,
      );
    }
    throw error;
  }
}

function malformed(text: string, message: string, path = '', cause?: unknown): SkeinError {
  return new SkeinError('invalid_request', text, { issues: [{ path, message }], cause });
}
