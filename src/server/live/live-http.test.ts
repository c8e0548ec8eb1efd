import { connect, type Socket } from 'node:net';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Item, ItemPage } from '../../api/item.ts';
import type { LiveEvent } from '../../api/live.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import { LiveEventDecoder } from '../../protocol/live-events.ts';
import { createStore } from '../../store/index.ts';
import { collectGarbage } from '../../../test/support/shared/collect-garbage-for-testing.ts';
import { serve, type RunningServer, type ServeOptions } from '../serve.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import { randomForTesting } from '../../../test/support/server/random-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

/** One connection to a live tail, read event by event. */
class TailForTesting implements Disposable {
  readonly decoder = new LiveEventDecoder();
  readonly #response: IncomingMessage;

  private constructor(response: IncomingMessage) {
    this.#response = response;
  }

  static async open(url: string, lastEventId?: string, user?: string): Promise<TailForTesting> {
    const headers = {
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      ...(user !== undefined && { 'x-user-id': user }),
    };
    const request = get(url, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/event-stream');
    return new TailForTesting(response);
  }

  async *events(): AsyncGenerator<LiveEvent> {
    // Cutting a connection ends its stream with an error, which the test expects.
    const chunks = this.#response.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) yield* this.decoder.push(chunk as Buffer);
  }

  cut(): void {
    this.#response.destroy();
  }

  [Symbol.dispose](): void {
    this.cut();
  }
}

async function openTails(server: RunningServer): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^skein_live_tails (\d+)$/m.exec(text)![1]);
}

async function logOf(project: ProjectApi, threadId: string): Promise<Item[]> {
  const all: Item[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: ItemPage = await project.items.list(threadId, {
      view: 'log',
      limit: 1000,
      ...(after === '' ? {} : { after }),
    });
    all.push(...page.data);
    after = page.nextCursor;
  }
  return all;
}

/** Appends, edits, hides and redacts. Returns the number of changes. */
async function writeAndAmend(
  project: ProjectApi,
  threadId: string,
  rounds: number,
  random: () => number,
): Promise<number> {
  let changes = 0;
  const mine: Item[] = [];
  for (let round = 0; round < rounds; round++) {
    mine.push(
      ...(await project.items.append(
        threadId,
        Array.from(
          { length: 1 + Math.floor(random() * 3) },
          () => ({ role: 'user', text: `${random()}` }) as const,
        ),
      )),
    );
    const choice = random();
    // Each item is amended at most once: a repeated amendment may change nothing.
    const [target] = mine.splice(Math.floor(random() * mine.length), choice < 0.4 ? 1 : 0);
    if (target === undefined) continue;
    if (choice < 0.15)
      await project.items.append(threadId, [
        { role: 'user', text: 'edited', replacesId: target.id },
      ]);
    else if (choice < 0.3)
      await project.items.update(threadId, [
        { id: target.id, visibility: round % 2 === 0 ? 'hidden' : 'archived' },
      ]);
    else await project.items.redact(threadId, [target.id]);
    changes++;
    if (random() < 0.3) await someTurns(random() * 30);
  }
  return changes;
}

/** The last item that a test appends. */
function isEnd(event: LiveEvent): boolean {
  return event.type === 'item' && event.item.key === 'end';
}

function keysOf(events: readonly LiveEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'item') return [`item ${event.item.id}`];
    return event.type === 'change' ? [`change ${event.change.version} ${event.change.itemId}`] : [];
  });
}

describe.each(enginesForTesting)('the live tail over a port on %s', (_engine, createEngine) => {
  /** So long that only a hanging test would reach it. */
  const quiet = { liveCommentIntervalMs: 600_000 };
  const patient = { drainTimeoutMs: 600_000 };
  const manyTails = { liveTailCountPerUserMax: 5000 };

  async function withServer(
    run: (server: RunningServer, project: ProjectApi) => Promise<void>,
    options: Partial<ServeOptions> = {},
  ): Promise<void> {
    await using store = await createStore({ engine: createEngine() });
    const server = await serve({ store, port: 0, ...options });
    try {
      await run(server, store.project('default').as({ userId: 'local' }));
    } finally {
      await server.close();
    }
  }

  test('cut at random and resumed by Last-Event-ID, it shows each event once and in order while writers go on', () =>
    withServer(async (server, project) => {
      const { random, seed } = randomForTesting();
      await project.threads.create([{ id: 't' }]);
      const url = `${server.url}/v1/threads/t/live?view=log`;
      const seen: LiveEvent[] = [];
      const steady: LiveEvent[] = [];
      let cuts = 0;
      let isDone = false;

      const cutReader = async (): Promise<void> => {
        let lastEventId: string | undefined;
        while (!isDone) {
          const tail = await TailForTesting.open(url, lastEventId);
          const keep = 1 + Math.floor(random() * 12);
          let count = 0;
          for await (const event of tail.events()) {
            seen.push(event);
            lastEventId = event.cursor;
            isDone = isEnd(event);
            if (isDone || ++count === keep) break;
          }
          tail.cut();
          cuts++;
        }
      };
      const steadyReader = async (): Promise<void> => {
        using tail = await TailForTesting.open(url);
        for await (const event of tail.events()) {
          steady.push(event);
          if (isEnd(event)) return;
        }
      };
      const readers = Promise.all([cutReader(), steadyReader()]);
      await until(() => seen.length > 0 && steady.length > 0);
      const changes = await Promise.all(
        [1, 2, 3].map(() => writeAndAmend(project, 't', 60, random)),
      );
      await project.items.append('t', [{ role: 'user', text: 'end', key: 'end' }]);
      await readers;

      const items = (await logOf(project, 't')).map(({ id }) => `item ${id}`);
      const context = `seed ${seed}, ${cuts} cuts`;
      expect(
        keysOf(seen).filter((key) => key.startsWith('item')),
        context,
      ).toEqual(items);
      expect(keysOf(seen), context).toEqual(keysOf(steady));
      const changesSeen = keysOf(seen).filter((key) => key.startsWith('change'));
      expect(changesSeen.length, context).toBe(changes.reduce((sum, count) => sum + count, 0));
      expect(new Set(changesSeen).size).toBe(changesSeen.length);
      expect(cuts, context).toBeGreaterThan(10);
      await until(async () => (await openTails(server)) === 0);
    }));

  test('continues from a page, an item or a cursor', () =>
    withServer(async (server, project) => {
      await project.threads.create([{ id: 't' }]);
      const [a, b] = await project.items.append(
        't',
        ['a', 'b'].map((text) => ({ role: 'user', text }) as const),
      );
      const page = await project.items.list('t', { limit: 1, order: 'desc' });
      const [c] = await project.items.append('t', [{ role: 'user', text: 'c' }]);
      const url = `${server.url}/v1/threads/t/live`;
      const firstItems = async (
        query: string,
        count: number,
        lastEventId?: string,
      ): Promise<string[]> => {
        using tail = await TailForTesting.open(url + query, lastEventId);
        const ids: string[] = [];
        for await (const event of tail.events()) {
          if (event.type === 'item') ids.push(event.item.id);
          if (ids.length === count) break;
        }
        return ids;
      };
      expect(await firstItems(`?after=${page.cursor}`, 1)).toEqual([c!.id]);
      expect(await firstItems(`?after=${a!.id}`, 2)).toEqual([b!.id, c!.id]);
      // The browser's `Last-Event-ID` wins over the address that it began with.
      expect(await firstItems(`?after=${a!.id}`, 1, b!.id)).toEqual([c!.id]);
    }));

  test('begins with the head at once, and answers at once where nothing is new', () =>
    withServer(async (server, project) => {
      await project.threads.create([{ id: 't', title: 'T' }]);
      using tail = await TailForTesting.open(`${server.url}/v1/threads/t/live`);
      const { value } = await tail.events().next();
      expect(value).toMatchObject({ type: 'head', thread: { id: 't', title: 'T' } });
      using resumed = await TailForTesting.open(
        `${server.url}/v1/threads/t/live`,
        (value as LiveEvent).cursor,
      );
      expect(resumed.decoder.lastEventId).toBeUndefined();
    }, quiet));

  test('answers an invalid request with an ordinary problem', () =>
    withServer(async (server, project) => {
      await project.threads.create([{ id: 't' }]);
      for (const [path, status] of [
        ['none/live', 404],
        ['t/live?after=xyz', 400],
        ['t/live?view=all', 400],
      ] as const) {
        const response = await fetch(`${server.url}/v1/threads/${path}`);
        expect([response.status, response.headers.get('content-type')]).toEqual([
          status,
          'application/problem+json',
        ]);
        await response.text();
      }
    }));

  test('ends when its thread is deleted, and when the server closes', () =>
    withServer(async (server, project) => {
      await project.threads.create([{ id: 'a' }, { id: 'b' }]);
      const tails = await Promise.all(
        ['a', 'b'].map((id) => TailForTesting.open(`${server.url}/v1/threads/${id}/live`)),
      );
      const ends = tails.map(async (tail) => {
        for await (const event of tail.events()) expect(event.type).toBe('head');
      });
      await project.threads.delete(['a']);
      await ends[0];
      await server.close();
      await ends[1];
    }, patient));

  test('sends comments to a quiet client', () =>
    withServer(
      async (server, project) => {
        await project.threads.create([{ id: 't' }]);
        const socket = await openRaw(server, 't');
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        await until(() => text.split('\r\n:\n\n\r\n').length > 3);
        socket.destroy();
      },
      { liveCommentIntervalMs: 20 },
    ));

  test('clients that do not read use little memory, are cut, and miss nothing when they are back', () =>
    withServer(async (server, project) => {
      await project.threads.create([{ id: 't' }]);
      const sockets = await Promise.all(Array.from({ length: 40 }, () => openRaw(server, 't')));
      const heads = await Promise.all(sockets.map(readHead));
      expect(await openTails(server)).toBe(40);
      const before = await heldBytes();
      const text = 'x'.repeat(200_000);
      for (let i = 0; i < 100; i++)
        await project.items.append('t', [{ role: 'user', text: `${i} ${text}` }]);
      // The store itself holds the 20 MB; one copy per client would be 800 MB.
      expect(((await heldBytes()) - before) / 1e6).toBeLessThan(150);
      await until(async () => (await openTails(server)) === 0);
      const [, lastEventId] = /^id: (.+)$/m.exec(heads[0]!)!;
      using tail = await TailForTesting.open(`${server.url}/v1/threads/t/live`, lastEventId);
      const received: number[] = [];
      for await (const event of tail.events()) {
        if (event.type !== 'item') continue;
        received.push(Number(/^\d+/.exec(String(event.item.parts[0]!.text))![0]));
        if (received.length === 100) break;
      }
      expect(received).toEqual(Array.from({ length: 100 }, (_, i) => i));
      for (const socket of sockets) socket.destroy();
    }, manyTails));

  test('one event of 1 MB to 300 clients leaves the server time for others', () =>
    withServer(async (server, project) => {
      await project.threads.create([{ id: 't' }]);
      const url = `${server.url}/v1/threads/t/live`;
      const tails = await Promise.all(Array.from({ length: 300 }, () => TailForTesting.open(url)));
      const readers = tails.map(async (tail) => {
        for await (const event of tail.events()) if (event.type === 'item') return event.item.id;
        return undefined;
      });
      await until(async () => (await openTails(server)) === 300);
      const text = 'x'.repeat(1_000_000);
      const [item] = await project.items.append('t', [{ role: 'user', text }]);
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      expect(new Set(await Promise.all(readers))).toEqual(new Set([item!.id]));
      for (const tail of tails) tail.cut();
    }, manyTails));

  test('a user with too many tails gets 429, and one of too many users 503', () =>
    withServer(
      async (server, project) => {
        await project.threads.create([{ id: 't', visibility: 'public' }]);
        const url = `${server.url}/v1/threads/t/live`;
        const tails = [await TailForTesting.open(url), await TailForTesting.open(url)];
        const statusOf = async (user: string): Promise<[number, string | null, string]> => {
          const response = await fetch(url, { headers: { 'x-user-id': user } });
          const { code } = (await response.json()) as { code: string };
          return [response.status, response.headers.get('retry-after'), code];
        };
        expect(await statusOf('local')).toEqual([429, '1', 'rate_limited']);
        tails.push(await TailForTesting.open(url, undefined, 'ada'));
        expect(await statusOf('bob')).toEqual([503, '1', 'unavailable']);
        for (const tail of tails) tail.cut();
      },
      { liveTailCountPerUserMax: 2, liveTailCountMax: 3 },
    ));

  test('1,000 clients follow one thread', () =>
    withServer(async (server, project) => {
      await project.threads.create([{ id: 't' }]);
      const url = `${server.url}/v1/threads/t/live`;
      const tails: TailForTesting[] = [];
      for (let i = 0; i < 20; i++)
        tails.push(
          ...(await Promise.all(Array.from({ length: 50 }, () => TailForTesting.open(url)))),
        );
      expect(await openTails(server)).toBe(1000);
      let begun = 0;
      const readers = tails.map(async (tail) => {
        const ids: string[] = [];
        let events = 0;
        for await (const event of tail.events()) {
          if (events++ === 0) begun++;
          if (event.type === 'item') ids.push(event.item.id);
          if (ids.length === 20) break;
        }
        return ids.join();
      });
      await until(() => begun === 1000);
      const ids: string[] = [];
      for (let i = 0; i < 10; i++) {
        const items = await project.items.append('t', [
          { role: 'user', text: 'a' },
          { role: 'assistant', text: 'b' },
        ]);
        ids.push(...items.map(({ id }) => id));
      }
      expect(new Set(await Promise.all(readers))).toEqual(new Set([ids.join()]));
      for (const tail of tails) tail.cut();
      await until(async () => (await openTails(server)) === 0);
    }, manyTails));
});

/** The memory in use, without garbage. */
async function heldBytes(): Promise<number> {
  await someTurns();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Reads until the head has arrived, after which a tail misses nothing, and stops there. */
async function readHead(socket: Socket): Promise<string> {
  let text = '';
  const onData = (chunk: Buffer): void => void (text += chunk.toString('latin1'));
  socket.on('data', onData);
  await until(() => text.includes('event: head'));
  socket.off('data', onData);
  socket.pause();
  return text;
}

async function openRaw(server: RunningServer, threadId: string): Promise<Socket> {
  const socket = connect(server.port, server.host);
  await once(socket, 'connect');
  socket.write(
    `GET /v1/threads/${threadId}/live HTTP/1.1\r\nHost: ${server.host}:${server.port}\r\n\r\n`,
  );
  return socket;
}
