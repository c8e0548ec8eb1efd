import { invalid, SkeinError } from '../../../shared/error.ts';
import { parseJsonExactly, type JsonValue } from '../../../shared/json.ts';

/**
 * The JSON of a request, at most `bytesMax` bytes. A page of another origin can send other content
 * types without a preflight, so only JSON is accepted.
 */
export async function readJson(request: Request, bytesMax: number): Promise<JsonValue | undefined> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw invalid('Content-Type', 'must be application/json');
  const text = decode(await readBytes(request, bytesMax));
  return text === '' ? undefined : parseJsonExactly(text);
}

async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const piece of request.body ?? []) {
    bytes += piece.byteLength;
    // Leaving the loop cancels the rest of the body.
    if (bytes > bytesMax) {
      throw new SkeinError('payload_too_large', `The body is larger than ${bytesMax} bytes.`);
    }
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const issues = [{ path: '', message: 'must be UTF-8' }];
    throw new SkeinError('invalid_request', 'The body is not UTF-8.', { cause: error, issues });
  }
}
