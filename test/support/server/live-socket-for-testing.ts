import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Said = Readonly<Record<string, unknown>>;

/** A WebSocket at `/v1/live` of a server, read message by message. */
export class LiveSocketForTesting implements AsyncDisposable {
  readonly socket: WebSocket;
  /** How it was closed. */
  readonly closed: Promise<readonly [code: number, reason: string]>;
  readonly #said: Said[] = [];
  #wake: (() => void) | undefined;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.socket = new WebSocket(url.replace('http', 'ws'), { headers });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve([code, String(reason)]);
        this.#wake?.();
      });
    });
    this.socket.on('message', (data: Buffer) => {
      this.#said.push(JSON.parse(data.toString()) as Said);
      this.#wake?.();
    });
  }

  /** Opens one, or throws with the status of the refusal. */
  static async open(
    url: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LiveSocketForTesting> {
    const opened = new LiveSocketForTesting(`${url}/v1/live`, headers);
    await once(opened.socket, 'open');
    return opened;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async next(): Promise<Said> {
    while (this.#said.length === 0) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new TypeError('It was closed.');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#said.shift()!;
  }

  /** Types, with the thread where there is one, or the code of an error. */
  async names(count: number): Promise<string[]> {
    const names: string[] = [];
    for (let i = 0; i < count; i++) {
      const { type, threadId, code } = await this.next();
      names.push([threadId, type, code].filter((part) => part !== undefined).join(' '));
    }
    return names;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}
