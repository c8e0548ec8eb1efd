import { describe, expect, test } from 'vitest';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';
import { ServerEventDecoder, type ServerEvent } from '../../protocol/server-events.ts';

/** The events of `GET /v1/live`, one at a time. */
class ChannelForTesting implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new ServerEventDecoder();
  readonly #events: ServerEvent[] = [];

  constructor(response: Response) {
    expect(response.status).toBe(200);
    this.#reader = response.body!.getReader();
  }

  async next(): Promise<ServerEvent & { readonly json: Readonly<Record<string, unknown>> }> {
    for (;;) {
      const event = this.#events.shift();
      if (event) return { ...event, json: JSON.parse(event.data) as Record<string, unknown> };
      const { value } = await this.#reader.read();
      if (value === undefined) throw new TypeError('The events ended too early.');
      this.#events.push(...this.#decoder.push(value));
    }
  }

  async names(count: number): Promise<string[]> {
    const names: string[] = [];
    for (let i = 0; i < count; i++) {
      const { name, json } = await this.next();
      names.push(`${String(json['threadId'])} ${name}`);
    }
    return names.toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

describe.each(enginesForTesting)('many threads in one connection, on %s', (_name, createEngine) => {
  const follow = async (
    kit: HttpKitForTesting,
    query: string,
    headers: Record<string, string> = {},
  ): Promise<ChannelForTesting> =>
    new ChannelForTesting(await kit.send('GET', `/v1/live?${query}`, { headers, user: 'ada' }));

  test('each event has the cursor of its own thread, from which another connection goes on', async () => {
    await using kit = await HttpKitForTesting.open(createEngine());
    for (const id of ['a', 'b']) await kit.createThread({ id }, 'ada');
    const cursors = new Map<string, string>();
    await using first = await follow(kit, 'thread=a&thread=b');
    for (let i = 0; i < 2; i++) {
      const { id, name, json } = await first.next();
      expect(name).toBe('head');
      expect(id).toBe(`${String(json['threadId'])}@${id!.split('@')[1]}`);
      cursors.set(String(json['threadId']), id!);
    }
    expect([...cursors.keys()].toSorted()).toEqual(['a', 'b']);
    for (const id of ['a', 'b', 'a']) await kit.append(id, [{ role: 'user', text: id }], 'ada');
    const query = [...cursors.values()].map((id) => `thread=${encodeURIComponent(id)}`).join('&');
    await using second = await follow(kit, query);
    expect(await second.names(5)).toEqual(['a head', 'a item', 'a item', 'b head', 'b item']);
    // A browser repeats its first address, with the last id that it has seen.
    const { id } = await first.next();
    await using third = await follow(kit, query, { 'last-event-id': id! });
    expect((await third.names(4)).filter((name) => name.endsWith('item'))).toHaveLength(2);
  });

  test('a thread that cannot be followed ends alone', async () => {
    await using kit = await HttpKitForTesting.open(createEngine());
    await kit.createThread({ id: 'mine' }, 'ada');
    await kit.createThread({ id: 'hers' }, 'grace');
    const query = 'thread=mine&thread=hers&thread=none&thread=mine2%40x&thread=hers%40no-cursor';
    const channel = await kit.send('GET', `/v1/live?${query}`, { user: 'ada' });
    expect(channel.status).toBe(400); // one thread twice
    await channel.text();
    await using opened = await follow(kit, 'thread=mine&thread=hers&thread=none&thread=..');
    expect(await opened.names(4)).toEqual(['.. end', 'hers end', 'mine head', 'none end']);
    await kit.append('mine', [{ role: 'user', text: 'still here' }], 'ada');
    expect(await opened.names(2)).toEqual(['mine head', 'mine item']);
    await using broken = await follow(kit, 'thread=mine%40xyz');
    const { name, id, json } = await broken.next();
    expect({ name, id }).toEqual({ name: 'end', id: undefined });
    expect(json).toEqual({
      threadId: 'mine',
      code: 'invalid_request',
      detail: expect.stringContaining('after'),
    });
  });

  test('an unlisted thread is followed by the key of its address', async () => {
    await using kit = await HttpKitForTesting.open(createEngine());
    await kit.createThread({ id: 'open', visibility: 'unlisted' }, 'grace');
    const { shareUrl } = await kit.must<{ shareUrl: string }>(
      200,
      'GET',
      '/v1/threads/open/share',
      {
        user: 'grace',
      },
    );
    await using without = await follow(kit, 'thread=open');
    expect(await without.names(1)).toEqual(['open end']);
    await using with_ = await follow(kit, `thread=open&${new URL(shareUrl).search.slice(1)}`);
    expect(await with_.names(1)).toEqual(['open head']);
  });

  test('HEAD tells that there are events', async () => {
    await using kit = await HttpKitForTesting.open(createEngine());
    const head = await kit.send('HEAD', '/v1/live?thread=a', { user: 'ada' });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  });
});
