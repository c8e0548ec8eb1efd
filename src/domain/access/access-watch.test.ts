import { describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import type { StreamEvent } from '../../api/stream.ts';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { shareEngineForTesting } from '../../../test/support/store/shared-engine-for-testing.ts';
import {
  codeOf,
  openKit,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

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
