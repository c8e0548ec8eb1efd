import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import type { Engine } from '../../engine/engine.ts';
import { threads } from '../../records/tables.ts';
import type { LiveEvent } from '../../api/live.ts';
import type { StreamEvent } from '../../api/stream.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sharedPlaces } from '../../../test/support/store/shared-places-for-testing.ts';
import { shareEngineForTesting } from '../../../test/support/store/shared-engine-for-testing.ts';
import {
  codeOf,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  recordCalls,
  TappedEngine,
} from '../../../test/support/store/tapped-engine-for-testing.ts';

/** Says one word after another until it is stopped. */
const endless = scripted(async function* () {
  yield* textChunks().slice(0, 3);
  for (;;) {
    yield { type: 'text-delta', id: 't', delta: 'word ' };
    await new Promise((resolve) => setImmediate(resolve));
  }
});

async function followed(
  kit: StoreKit,
): Promise<{ threadId: string; runId: string; events: AsyncGenerator<StreamEvent> }> {
  const { id } = await kit.thread({ visibility: 'public' });
  const { run } = await kit.owner.runs.start(id, { input: 'Go on', responder: endless });
  const events = kit.other.streams.read(id, run.streamId);
  expect((await events.next()).done).toBe(false);
  return { threadId: id, runId: run.id, events };
}

async function untilItFails(events: AsyncIterable<unknown>): Promise<unknown> {
  return codeOf(
    (async () => {
      for await (const _event of events);
    })(),
  );
}

describe('access that ends, ends what is open:', () => {
  test('a live tail in the middle of a page', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    const [first] = await kit.say(id, 'a', 'b', 'c', 'd');
    const tail = kit.other.threads.live(id, { after: first!.id });
    expect(await tail.next()).toMatchObject({ value: { type: 'item' } });
    await kit.owner.threads.update([{ id, visibility: 'private' }]);
    expect(await tail.next()).toEqual({ done: true, value: undefined });
  });

  test('but not that of a reader who keeps it', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    const [first] = await kit.say(id, 'a', 'b', 'c');
    const tail = kit.owner.threads.live(id, { after: first!.id });
    await tail.next();
    await kit.owner.threads.update([{ id, visibility: 'private' }]);
    expect(await tail.next()).toMatchObject({ value: { type: 'item' } });
    await tail.return();
  });

  test('the stream of an answer that never pauses', async () => {
    await using kit = await openKit();
    const { threadId, runId, events } = await followed(kit);
    await kit.owner.threads.update([{ id: threadId, visibility: 'private' }]);
    expect(await untilItFails(events)).toBe('not_found');
    await kit.owner.runs.stop(threadId, runId);
  });

  test('also if another process ends it and no hint tells of that', async () => {
    const share = shareEngineForTesting(memory());
    await using here = await openKit({ engine: share(), clock: () => Date.now() });
    await using there = await openKit({ engine: share(), clock: () => Date.now() });
    const { threadId, runId, events } = await followed(here);
    await there.owner.threads.update([{ id: threadId, visibility: 'private' }]);
    expect(await untilItFails(events)).toBe('not_found');
    await here.owner.runs.stop(threadId, runId);
  });
});

/** An engine that is said to give hints of other processes, all of which are lost. */
function deaf(engine: Engine): Engine {
  return {
    name: engine.name,
    capabilities: engine.capabilities,
    open: (tables) => engine.open(tables),
    close: () => engine.close(),
    get: (table, key) => engine.get(table, key),
    getMany: (table, keys) => engine.getMany(table, keys),
    scan: (scan) => engine.scan(scan),
    commit: (commit) => engine.commit(commit),
    deletePrefix: (table, prefix) => engine.deletePrefix(table, prefix),
    listen: () => undefined,
  };
}

/** Another user's tail, which has told all there is. */
async function quietTail(kit: StoreKit, threadId: string): Promise<AsyncGenerator<LiveEvent>> {
  const tail = kit.other.threads.live(threadId);
  expect(await tail.next()).toMatchObject({ value: { type: 'head' } });
  return tail;
}

describe('a reader of a quiet thread whose access another process has ended', () => {
  beforeEach(() => {
    const toFake = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const;
    vi.useFakeTimers({ toFake: [...toFake] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const ends: readonly (readonly [string, (kit: StoreKit, id: string) => Promise<unknown>])[] = [
    ['made private', ({ owner }, id) => owner.threads.update([{ id, visibility: 'private' }])],
    ['deleted', ({ owner }, id) => owner.threads.delete([id])],
    ['removed from it', ({ owner }, id) => owner.participants.remove(id, ['other'])],
  ];

  test.each(ends)('is told within a second, without a hint: %s', async (how, end) => {
    const share = shareEngineForTesting(memory());
    await using here = await openKit({ engine: deaf(share()) });
    await using there = await openKit({ engine: share() });
    const isMember = how === 'removed from it';
    const { id } = await here.thread(
      isMember ? { mode: 'group', visibility: 'private' } : { visibility: 'public' },
    );
    if (isMember) await here.owner.participants.add(id, [{ userId: 'other' }]);
    await here.say(id, 'said');
    const tails = await Promise.all(times(3, () => quietTail(here, id)));
    const next = tails.map((tail) => tail.next());
    await vi.advanceTimersByTimeAsync(5000);
    await end(there, id);
    await vi.advanceTimersByTimeAsync(1000);
    for (const result of next) expect(await result).toEqual({ done: true, value: undefined });
  });

  test('is told within a second where an answer pauses', async () => {
    const share = shareEngineForTesting(memory());
    const clock = (): number => Date.now();
    await using here = await openKit({ engine: deaf(share()), clock });
    await using there = await openKit({ engine: share(), clock });
    const { id } = await here.thread({ visibility: 'public' });
    const pause = gate();
    const pausing = scripted(async function* () {
      yield* textChunks('half').slice(0, 4);
      await pause.opened;
    });
    const { run } = await here.owner.runs.start(id, { input: 'Go on', responder: pausing });
    const events = here.other.streams.read(id, run.streamId);
    const failing = untilItFails(events);
    await vi.advanceTimersByTimeAsync(2000);
    await there.owner.threads.update([{ id, visibility: 'private' }]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await failing).toBe('not_found');
    pause.open();
    await here.owner.runs.stop(id, run.id);
  });

  test('costs one read for all that is followed, and none of a tail', async () => {
    const tapped = new TappedEngine(shareEngineForTesting(memory())());
    await using kit = await openKit({ engine: deaf(tapped) });
    const tails: AsyncGenerator<LiveEvent>[] = [];
    for (const _thread of times(30, (i) => i)) {
      const { id } = await kit.thread({ visibility: 'public' });
      for (const _reader of times(4, (i) => i)) tails.push(await quietTail(kit, id));
    }
    const next = tails.map((tail) => tail.next());
    const calls = recordCalls(tapped);
    await vi.advanceTimersByTimeAsync(2000);
    const heads = calls.filter((call) => 'table' in call && call.table === threads);
    const reads = heads.map((call) => ('keys' in call ? call.keys.length : call.method));
    expect(reads).toEqual([30, 30]);
    for (const tail of tails) void tail.return(undefined);
    await kit.store.close();
    await Promise.all(next);
  });
});

describe.each(sharedPlaces)('a quiet tail on %s', (_name, create) => {
  test('ends although the hint of another process is lost', async () => {
    await using place = await create();
    await using here = await openKit({ engine: deaf(place.open()) });
    await using there = await openKit({ engine: place.open() });
    const { id } = await here.thread({ visibility: 'public' });
    const tail = await quietTail(here, id);
    const next = tail.next();
    await there.owner.threads.update([{ id, visibility: 'private' }]);
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
