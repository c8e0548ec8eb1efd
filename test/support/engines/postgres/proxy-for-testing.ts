import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A connection to a server that a test can cut. */
export interface ProxyForTesting extends AsyncDisposable {
  /** The server's address through the proxy. */
  readonly url: string;
  /** Breaks all connections; new ones go through again. */
  cut(): void;
  /** Breaks all connections and lets no new one through. */
  close(): void;
  /**
   * From now on the existing connections carry nothing in either direction, without being closed:
   * as when a host loses its power, or a firewall forgets a connection. New connections work.
   */
  stall(): void;
  /** What either side has sent over silent connections. */
  readonly swallowed: readonly string[];
  /** While set, the server's responses are dropped and the connection is broken instead. */
  losesAnswers: boolean;
  /** While set, new connections are silent from the beginning. */
  stallsNew: boolean;
}

export async function proxyForTesting(serverUrl: string): Promise<ProxyForTesting> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  const swallowed: string[] = [];
  let isOpen = true;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    if (!isOpen) return void near.destroy();
    const far = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      if (proxy.stallsNew) silent.add(socket);
      // The server is not informed, either, that a silent connection has ended.
      const end = (): void => void (silent.has(socket) || other.destroy());
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    near.on('data', (chunk) => {
      if (!silent.has(near)) far.write(chunk);
      else swallowed.push(chunk.toString('latin1'));
    });
    far.on('data', (chunk) => {
      if (silent.has(far)) swallowed.push(chunk.toString('latin1'));
      else if (proxy.losesAnswers) near.destroy();
      else near.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(serverUrl);
  url.port = String((server.address() as AddressInfo).port); // of a TCP socket
  const proxy: ProxyForTesting = {
    url: url.href,
    cut,
    close: () => {
      isOpen = false;
      cut();
    },
    stall: () => {
      for (const socket of sockets) silent.add(socket);
    },
    swallowed,
    losesAnswers: false,
    stallsNew: false,
    [Symbol.asyncDispose]: () => {
      cut();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
  return proxy;
}
