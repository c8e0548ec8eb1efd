/**
 * The thread that writes: see `writeInThread`. It opens its own connection to an existing database.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../shared/assert.ts';
import { GroupUnpacker } from './packed-group.ts';
import { sqliteCode } from './sqlite-errors.ts';
import type { ThreadAnswer, ThreadRequest, ThreadStart } from './threaded-writer.ts';
import { watchDatabase } from './watch-database.ts';
import { GroupWriter } from './write-group.ts';
import { loadSqliteDriver } from './sqlite-driver.ts';

assert(parentPort, 'this is a thread');
const port = parentPort;
const { path, pragmas, busyTimeoutMs } = workerData as ThreadStart; // given by writeInThread

const driver = await loadSqliteDriver();
// Here the driver may block its thread while it waits: the thread has nothing else to do.
const database = new driver(path, { timeout: busyTimeoutMs });
for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
const unpacker = new GroupUnpacker();
const groups = new GroupWriter(database);
let stopWatching: (() => void) | undefined;

port.on('message', (request: ThreadRequest) => {
  const answer = answerTo(request);
  if (answer) port.postMessage(answer);
  if (request.type === 'close') port.close();
});
port.postMessage({ type: 'ready' } satisfies ThreadAnswer);

function answerTo(request: ThreadRequest): ThreadAnswer | undefined {
  switch (request.type) {
    case 'write':
      return write(request);
    case 'watch':
      stopWatching ??= watchDatabase(database, () =>
        port.postMessage({ type: 'changed' } satisfies ThreadAnswer),
      );
      return undefined;
    case 'close':
      stopWatching?.();
      database.close();
      return { type: 'closed' };
  }
}

function write({ packed }: Extract<ThreadRequest, { type: 'write' }>): ThreadAnswer {
  try {
    return { type: 'written', outcomes: groups.write(unpacker.unpack(packed)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { type: 'failed', message, code: sqliteCode(error) };
  }
}
