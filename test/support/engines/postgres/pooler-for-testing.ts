import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Client } from 'pg';
import { settings as engineSettings } from '../../../../src/engines/postgres/driver-options.ts';

/** A pooler before a server that shares its sessions, as PgBouncer in its mode `transaction`. */
interface PoolerForTesting extends AsyncDisposable {
  /** The server's address through the pooler. */
  readonly url: string;
}

export interface PoolerOptions {
  /**
   * What happens to a client's `options`: PgBouncer refuses them, or leaves them out where it is
   * told to (`ignore_startup_parameters`). Of `kept` ones all sessions have those of Skein.
   */
  readonly settings: 'refused' | 'left out' | 'kept';
  /** Sessions, which transactions take in turns. */
  readonly sessions: number;
}

/** Each transaction, or statement outside of one, gets the next session that is free. */
export async function poolerForTesting(
  serverUrl: string,
  { settings, sessions }: PoolerOptions,
): Promise<PoolerForTesting> {
  const options = engineSettings.map((setting) => `-c ${setting}`).join(' ');
  const address = new URL(serverUrl);
  if (settings === 'kept') address.searchParams.set('options', options);
  const opening = Array.from({ length: sessions }, () => openSession(address.href));
  const pool = new SessionPool(await Promise.all(opening));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const client = new PooledClient(socket, pool, settings === 'refused');
    socket.on('data', (bytes) => client.take(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      client.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(serverUrl);
  url.port = String((server.address() as AddressInfo).port); // of a TCP socket
  return {
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      pool.end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A session of the server: the driver logs in, and then hands over its socket. */
async function openSession(url: string): Promise<Socket> {
  const client = new Client(url);
  await client.connect();
  const { connection } = client as unknown as { connection: { stream: Socket } }; // pg's own
  const { stream } = connection;
  stream.removeAllListeners('data');
  stream.removeAllListeners('end');
  stream.removeAllListeners('close');
  stream.on('error', () => undefined);
  return stream;
}

class SessionPool {
  readonly #idle: Socket[];
  readonly #all: readonly Socket[];
  readonly #waiting: ((session: Socket) => void)[] = [];

  constructor(sessions: readonly Socket[]) {
    this.#all = sessions;
    this.#idle = [...sessions];
  }

  async take(): Promise<Socket> {
    return this.#idle.shift() ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
  }

  giveBack(session: Socket): void {
    session.removeAllListeners('data');
    const next = this.#waiting.shift();
    if (next) next(session);
    else this.#idle.push(session);
  }

  end(): void {
    for (const session of this.#all) session.destroy();
  }
}

/** One client: its start is answered here, and the rest by the session that its transaction has. */
class PooledClient {
  readonly #socket: Socket;
  readonly #pool: SessionPool;
  readonly #refusesSettings: boolean;
  #hasStarted = false;
  #bytes = Buffer.alloc(0);
  #answer = Buffer.alloc(0);
  #session: Socket | undefined;
  #work: Promise<void> = Promise.resolve();
  #isInTransaction = false;

  constructor(socket: Socket, pool: SessionPool, refusesSettings: boolean) {
    this.#socket = socket;
    this.#pool = pool;
    this.#refusesSettings = refusesSettings;
  }

  take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (!this.#hasStarted && !this.#start()) return;
    for (let end = endOfRequest(this.#bytes); end > 0; end = endOfRequest(this.#bytes)) {
      const request = this.#bytes.subarray(0, end);
      this.#bytes = this.#bytes.subarray(end);
      this.#work = this.#work.then(() => this.#pass(request));
    }
  }

  /** A client that goes leaves its transaction undone. */
  end(): void {
    this.#work = this.#work.then(() => this.#rollBack());
  }

  async #rollBack(): Promise<void> {
    if (this.#isInTransaction) await this.#pass(query('ROLLBACK'));
  }

  /** Returns whether the start has come as a whole, and the client may go on. */
  #start(): boolean {
    if (this.#bytes.length < 4 || this.#bytes.length < this.#bytes.readInt32BE(0)) return false;
    const length = this.#bytes.readInt32BE(0);
    const parameters = this.#bytes.subarray(8, length).toString('utf8').split('\0');
    this.#bytes = this.#bytes.subarray(length);
    if (this.#refusesSettings && parameters.includes('options')) {
      const text = 'unsupported startup parameter: options';
      const fields = ['SFATAL', 'C08P01', `M${text}`, ''].map((field) => `${field}\0`).join('');
      this.#socket.end(message('E', Buffer.from(fields)));
      return false;
    }
    this.#hasStarted = true;
    const okay = message('R', Buffer.from([0, 0, 0, 0]));
    const key = message('K', Buffer.alloc(8, 7));
    this.#socket.write(Buffer.concat([okay, key, message('Z', Buffer.from('I'))]));
    return true;
  }

  async #pass(request: Buffer): Promise<void> {
    const session = (this.#session ??= await this.#pool.take());
    const answered = new Promise<void>((resolve) => {
      session.removeAllListeners('data');
      session.on('data', (bytes: Buffer) => {
        if (this.#socket.writable) this.#socket.write(bytes);
        this.#answer = Buffer.concat([this.#answer, bytes]);
        const state = stateAtEnd(this.#answer);
        if (state === undefined) return;
        this.#answer = Buffer.alloc(0);
        this.#isInTransaction = state !== 'I';
        resolve();
      });
    });
    session.write(request);
    await answered;
    if (this.#isInTransaction) return;
    this.#session = undefined;
    this.#pool.giveBack(session);
  }
}

/** Where a request ends that gets an answer of its own: after a query, or a `Sync`. */
function endOfRequest(bytes: Buffer): number {
  for (let at = 0; at + 5 <= bytes.length;) {
    const type = String.fromCharCode(bytes[at]!);
    at += 1 + bytes.readInt32BE(at + 1);
    if (at > bytes.length) return 0;
    if (type === 'Q' || type === 'S') return at;
    if (type === 'X') return 0; // a goodbye, which is not the session's
  }
  return 0;
}

/** The state of the transaction, if the answer ends in `ReadyForQuery`. */
function stateAtEnd(bytes: Buffer): string | undefined {
  let state: string | undefined;
  for (let at = 0; at < bytes.length;) {
    if (at + 5 > bytes.length) return undefined;
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (end > bytes.length) return undefined;
    state = bytes[at] === 0x5a ? String.fromCharCode(bytes[at + 5]!) : undefined;
    at = end;
  }
  return state;
}

function query(text: string): Buffer {
  return message('Q', Buffer.from(`${text}\0`));
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
