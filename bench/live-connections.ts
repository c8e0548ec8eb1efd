import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from './child-server.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { HttpConnection, postRequest } from './http-connection.ts';
import { sentText, startReaders, type Heard, type LiveReaders } from './live-readers.ts';
import type { BenchContext, Measure } from './measure.ts';

const kilobyte = 1000;
const readersPerQuietThread = 100;

interface Sizes {
  readonly connections: number;
  /** Readers of the thread that is written to. */
  readonly readers: number;
  readonly messages: number;
}

/**
 * Very many event streams on one server, a part of them of one thread that gets a message a second.
 * The other streams are of quiet threads, a hundred of each.
 */
export const liveConnections: Measure = {
  name: 'live-connections',
  async run(context) {
    const sizes: Sizes = context.isQuick
      ? { connections: 500, readers: 100, messages: 3 }
      : { connections: 5000, readers: 1000, messages: 30 };
    await using folder = await createTemporaryFolder(context.folder);
    await using server = await startServer(context, 'live-server', [join(folder.path, 'data')]);
    const quiet = Math.ceil((sizes.connections - sizes.readers) / readersPerQuietThread);
    await createChannels(server.port, ['busy', ...nameChannels(quiet)]);
    await warmUp(server.port);
    const before = await server.collectedBytes();
    await using readers = startReaders(server.port);
    context.progress(`opening ${sizes.connections.toLocaleString('en')} connections`);
    await readers.open('streams', threadsOf(sizes));
    const bytes = (await server.collectedBytes()) - before;
    const {
      count,
      p50Ms = Infinity,
      p99Ms = Infinity,
    } = await speak(context, readers, {
      ...sizes,
      port: server.port,
    });
    const expected = sizes.readers * sizes.messages;
    const [all, some] = [sizes.connections, sizes.readers].map((n) => n.toLocaleString('en'));
    return {
      rows: [
        {
          measure: `memory of an idle event stream, ${all} on one server`,
          unit: 'KB',
          ours: bytes / sizes.connections / kilobyte,
          reference: 30,
          against: 'the limit',
          bar: { kind: 'upTo', value: 30 },
        },
        {
          measure: `messages delivered to ${some} of ${all} streams`,
          unit: 'count',
          ours: count,
          reference: expected,
          against: 'all',
          bar: { kind: 'atLeast', value: 1 },
        },
        {
          measure: `a message to ${some} of ${all} streams, p99`,
          unit: 'ms',
          ours: p99Ms,
          reference: p50Ms,
          against: 'p50',
          bar: { kind: 'below', value: 250 },
        },
      ],
      notes: [],
    };
  },
};

function threadsOf({ connections, readers }: Sizes): string[][] {
  return Array.from({ length: connections }, (_, i) => [
    i < readers ? 'busy' : channelName(Math.floor((i - readers) / readersPerQuietThread)),
  ]);
}

/** The code and the caches of the first streams are not the memory of those that follow. */
async function warmUp(port: number): Promise<void> {
  await using readers = startReaders(port);
  await readers.open(
    'streams',
    Array.from({ length: 100 }, () => ['busy']),
  );
}

/** Sends a message a second, and waits until all have heard it, up to a bound. */
async function speak(
  context: BenchContext,
  readers: LiveReaders,
  { port, messages, readers: readerCount }: Sizes & { readonly port: number },
): Promise<Heard> {
  context.progress(`${messages} messages, one a second`);
  const connection = await HttpConnection.open(port);
  for (let i = 0; i < messages; i++) {
    const items = [{ role: 'user', text: sentText() }];
    await connection.post(postRequest('/v1/threads/busy/items', { items }));
    await sleep(1000);
  }
  connection.close();
  await sleep(lateMsMax);
  const heard = await readers.heard();
  context.progress(`${heard.count} of ${messages * readerCount} deliveries`);
  return heard;
}

/** Later than this nothing is waited for. */
const lateMsMax = 3000;

const threadsPerReader = 200;

/**
 * The memory of readers who follow two hundred threads each: by one connection, against a
 * connection for each thread.
 */
export const liveThreads: Measure = {
  name: 'live-threads',
  async run(context) {
    const readerCount = context.isQuick ? 2 : 20;
    const ids = nameChannels(threadsPerReader);
    const measureBytes = async (how: 'streams' | 'sockets'): Promise<number> => {
      await using folder = await createTemporaryFolder(context.folder);
      await using server = await startServer(context, 'live-server', [join(folder.path, 'data')]);
      await createChannels(server.port, ['busy', ...ids]);
      await warmUp(server.port);
      const before = await server.collectedBytes();
      await using readers = startReaders(server.port);
      context.progress(`${readerCount} readers by ${how}`);
      const connections = Array.from({ length: readerCount }, () =>
        how === 'sockets' ? [ids] : ids.map((id) => [id]),
      );
      await readers.open(how, connections.flat());
      return ((await server.collectedBytes()) - before) / readerCount / kilobyte;
    };
    return {
      rows: [
        {
          measure: `memory of a reader of ${threadsPerReader} threads`,
          unit: 'KB',
          ours: await measureBytes('sockets'),
          reference: await measureBytes('streams'),
          against: `${threadsPerReader} connections`,
          bar: { kind: 'atMost', value: 0.05 },
        },
      ],
      notes: [],
    };
  },
};

function nameChannels(count: number): string[] {
  return Array.from({ length: count }, (_, i) => channelName(i));
}

function channelName(i: number): string {
  return `channel-${String(i).padStart(4, '0')}`;
}

async function createChannels(port: number, ids: readonly string[]): Promise<void> {
  const connection = await HttpConnection.open(port);
  for (const id of ids) {
    const channel = { id, mode: 'channel', visibility: 'public' };
    await connection.post(postRequest('/v1/threads', channel));
  }
  connection.close();
}
