import type { IncomingMessage } from 'node:http';
import { SkeinError } from '../../shared/error.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';

/** The headers of a request, by their names in lower case. */
export interface HeaderSource {
  get(name: string): string | null;
}

/** Where a request's headers and body are read from. */
export interface RequestSource {
  /** Such as `1.1`; `undefined` if a framework does not tell. */
  readonly httpVersion: string | undefined;
  /** Whether it comes from another machine, as far as is known. */
  readonly isFromElsewhere: boolean;
  /** The address of the client or of the last proxy; `undefined` if a framework does not tell. */
  readonly address: string | undefined;
  readonly headers: HeaderSource;
  /** In lower case. */
  headerNames(): Iterable<string>;
  /**
   * The whole body, at most `bytesMax` bytes. Throws `payload_too_large`, and what the connection
   * throws.
   */
  readBytes(bytesMax: number): Promise<Uint8Array>;
}

/** Reads a request that any framework provides. */
export class FetchSource implements RequestSource {
  readonly httpVersion: undefined;
  readonly isFromElsewhere = false;
  readonly address: undefined;
  readonly headers: Headers;
  readonly #request: Request;

  constructor(request: Request) {
    this.headers = request.headers;
    this.#request = request;
  }

  headerNames(): Iterable<string> {
    return this.headers.keys();
  }

  /**
   * A body with a declared length is read at once: servers deliver no more than that, and a wrong
   * length is found afterwards. A body of unknown length is counted as it arrives.
   */
  async readBytes(bytesMax: number): Promise<Uint8Array> {
    const length = this.headers.get('content-length');
    if (length === null) return await this.#readCounted(bytesMax);
    if (Number(length) > bytesMax) throw tooLarge(bytesMax);
    const bytes = new Uint8Array(await this.#request.arrayBuffer());
    if (bytes.byteLength > bytesMax) throw tooLarge(bytesMax);
    return bytes;
  }

  async #readCounted(bytesMax: number): Promise<Uint8Array> {
    if (this.#request.body === null) return new Uint8Array();
    const reader = this.#request.body.getReader();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks);
      size += value.byteLength;
      if (size > bytesMax) {
        await reader.cancel();
        throw tooLarge(bytesMax);
      }
      chunks.push(value);
    }
  }
}

/**
 * Reads a request of Node's own server directly. Its `Request` would look up every header again and
 * copy the body once more.
 */
export class NodeSource implements RequestSource, HeaderSource {
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
  }

  get httpVersion(): string {
    return this.#incoming.httpVersion;
  }

  get headers(): HeaderSource {
    return this;
  }

  get isFromElsewhere(): boolean {
    const { remoteAddress = '', localAddress } = this.#incoming.socket;
    const isHere = remoteAddress === localAddress;
    return !isHere && !isLoopbackHost(remoteAddress.replace(/^::ffff:/, ''));
  }

  get address(): string | undefined {
    return this.#incoming.socket.remoteAddress;
  }

  headerNames(): Iterable<string> {
    return Object.keys(this.#incoming.headers);
  }

  get(name: string): string | null {
    const value = this.#incoming.headers[name];
    return typeof value === 'string' ? value : null;
  }

  async readBytes(bytesMax: number): Promise<Uint8Array> {
    const incoming = this.#incoming;
    if (Number(incoming.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
    const chunks: Buffer[] = [];
    let size = 0;
    await new Promise<void>((resolve, reject) => {
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        chunks.push(chunk);
        if (size <= bytesMax) return;
        // The adapter discards the rest once the response is sent.
        incoming.removeAllListeners('data');
        incoming.pause();
        reject(tooLarge(bytesMax));
      });
      incoming.on('end', resolve);
      incoming.on('error', reject);
      // It closes after every request; creating an unused error would still cost its stack trace.
      incoming.on('close', () => {
        if (!incoming.complete) reject(new Error('The client closed the connection.'));
      });
    });
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }
}

export function tooLarge(bytesMax: number): SkeinError {
  return new SkeinError('payload_too_large', `The body is larger than ${bytesMax} bytes.`);
}
