import { connect, type Socket } from 'node:net';

/**
 * One keep-alive connection to a server on this machine, with at most one request under way. It
 * writes prebuilt bytes and reads only the status and length of an answer, so that the load
 * generator costs little next to the server that it measures.
 */
export class HttpConnection {
  readonly #socket: Socket;
  #onAnswer: (() => void) | undefined;
  #onError: ((error: Error) => void) | undefined;
  #head: Buffer | undefined;
  /** Bytes of the answer that have not arrived; `undefined` until its headers have. */
  #missing: number | undefined;

  private constructor(port: number) {
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        // Our own buffer, reused for every answer.
        buffer: Buffer.allocUnsafe(64 * 1024),
        callback: (length, buffer) => {
          this.#read((buffer as Buffer).subarray(0, length)); // it is the one given above
          return true;
        },
      },
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('The server closed the connection.')));
  }

  static async open(port: number): Promise<HttpConnection> {
    const connection = new HttpConnection(port);
    await new Promise<void>((resolve, reject) => {
      connection.#socket.once('connect', resolve);
      connection.#onError = reject;
    });
    connection.#onError = undefined;
    return connection;
  }

  /** Calls `onAnswer` when the answer is complete, or `onError` if it is not a success. */
  send(request: Buffer, onAnswer: () => void, onError: (error: Error) => void): void {
    this.#onAnswer = onAnswer;
    this.#onError = onError;
    this.#socket.write(request);
  }

  post(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => this.send(request, resolve, reject));
  }

  close(): void {
    this.#onError = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#missing === undefined) this.#readHead(chunk);
    else this.#missing -= chunk.length;
    if (this.#missing !== 0) return;
    const answered = this.#onAnswer;
    this.#missing = undefined;
    this.#onAnswer = undefined;
    this.#onError = undefined;
    answered?.();
  }

  #readHead(chunk: Buffer): void {
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) {
      this.#head = Buffer.from(bytes); // the chunk's memory will be reused
      return;
    }
    this.#head = undefined;
    const head = bytes.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *([0-9]+)/i.exec(head);
    if (head.charCodeAt(9) !== digitTwo || length === null) {
      this.#fail(
        new Error(`Not an answer that was expected: ${bytes.toString('latin1', 0, 1000)}`),
      );
      return;
    }
    this.#missing = Number(length[1]) - (bytes.length - end - 4);
  }

  #fail(error: Error): void {
    const failed = this.#onError;
    this.#onAnswer = undefined;
    this.#onError = undefined;
    failed?.(error);
  }
}

const digitTwo = 0x32;

/** The bytes of a POST with a JSON body, with the headers that Node's own `fetch` sends. */
export function postRequest(path: string, body: unknown, token?: string): Buffer {
  const json = Buffer.from(JSON.stringify(body));
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'connection: keep-alive',
    'content-type: application/json',
    'accept: */*',
    'accept-language: *',
    'sec-fetch-mode: cors',
    'user-agent: node',
    'accept-encoding: gzip, deflate',
    `content-length: ${json.length}`,
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), json]);
}
