import { SkeinError } from '../../shared/error.ts';
import { jsonDepthMax, parseJsonExactly } from '../../shared/json.ts';
import type { JsonValue } from '../../shared/json.ts';

/**
 * The JSON of a request's body, at most `bytesMax` bytes of UTF-8; `undefined` for an empty one. Throws
 * `payload_too_large`, and `invalid_request` for everything else that is wrong with it.
 */
export async function readJsonBody(
  request: Request,
  bytesMax: number,
): Promise<JsonValue | undefined> {
  const contentType = request.headers.get('content-type');
  if (contentType !== null && !isJson(contentType)) throw wrongContentType(contentType);
  const bytes = await readBytes(request, bytesMax);
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

/**
 * A body that says its length is read at once: servers deliver no more than that, and what was said
 * wrongly is found afterwards. One of unknown length is counted while it arrives.
 */
async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  const length = request.headers.get('content-length');
  if (length === null) return await readCounted(request, bytesMax);
  if (Number(length) > bytesMax) throw tooLarge(bytesMax);
  const bytes = new Uint8Array(await arrived(request.arrayBuffer()));
  if (bytes.byteLength > bytesMax) throw tooLarge(bytesMax);
  return bytes;
}

async function readCounted(request: Request, bytesMax: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await arrived(reader.read());
    if (done) return join(chunks, size);
    size += value.byteLength;
    if (size > bytesMax) {
      await arrived(reader.cancel());
      throw tooLarge(bytesMax);
    }
    chunks.push(value);
  }
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** What goes wrong while a body arrives is the connection's or the client's fault, never the server's. */
async function arrived<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw malformed('The body did not arrive whole.', 'must arrive whole', '', error);
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
    // The stack ran out in values nested many thousand levels deep, far beyond what is allowed.
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

function tooLarge(bytesMax: number): SkeinError {
  return new SkeinError('payload_too_large', `The body is larger than ${bytesMax} bytes.`);
}

function malformed(text: string, message: string, path = '', cause?: unknown): SkeinError {
  return new SkeinError('invalid_request', text, { issues: [{ path, message }], cause });
}
