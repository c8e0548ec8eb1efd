import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that a test can cut. */
export interface ProxyForTesting extends AsyncDisposable {
  /** The address of the server by way of the proxy. */
  readonly url: string;
  /** Breaks all connections; new ones go through again. */
  cut(): void;
  /** Breaks all connections and lets no new one through. */
  close(): void;
  /**
   * From now on nothing passes on the connections that are there, in neither direction, and nobody
   * is told: as when a host loses its power, or a firewall forgets. New connections go through.
   */
  stall(): void;
  /** While this is set, what the server answers is swallowed, and the connection broken instead. */
  losesAnswers: boolean;
  /** While this is set, new connections are silent from the beginning. */
  stallsNew: boolean;
}

export async function proxyForTesting(serverUrl: string): Promise<ProxyForTesting> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
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
      // The server does not hear either that a silent connection has ended.
      const end = (): void => void (silent.has(socket) || other.destroy());
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    near.on('data', (chunk) => {
      if (!silent.has(near)) far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (silent.has(far)) return;
      if (proxy.losesAnswers) near.destroy();
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
    losesAnswers: false,
    stallsNew: false,
    [Symbol.asyncDispose]: () => {
      cut();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
  return proxy;
}
