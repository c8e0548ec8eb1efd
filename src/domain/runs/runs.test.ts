import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  chunks as chunksTable,
  runs as runsTable,
  streams as streamsTable,
} from '../../records/tables.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  openKit,
  settled,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { Item } from '../../api/item.ts';
import type { StreamEvent } from '../../api/stream.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import type { Chunk } from '../../api/responder.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';

async function current(kit: StoreKit, threadId: string): Promise<readonly Item[]> {
  return (await kit.owner.items.list(threadId)).data;
}

async function readAll(events: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const found: StreamEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

function textOf(item: Item | undefined): string {
  return (item?.parts ?? []).map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}

describe.each(enginePlaces)('runs on %s', (_name, createPlace) => {
  test('store the question before, the answer once, and every chunk in order', async () => {
    await using place = await createPlace();
    await using kit = await openKit({ engine: place.open() });
    const { id } = await kit.thread();
    const responder = scripted(({ items }) => {
      expect(items.map(textOf)).toEqual(['Hello?']);
      return textChunks('Hel', 'lo', '!');
    });
    const { run, items, done } = await kit.owner.runs.start(id, { input: 'Hello?', responder });
    expect(run).toMatchObject({ status: 'running', attempt: 1, inputItemId: items[0]!.id });
    expect((await current(kit, id)).map(textOf)).toEqual(['Hello?']);
    const events = await readAll(kit.owner.streams.read(id, run.streamId));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events[0]?.chunk).toMatchObject({ type: 'start', messageId: run.messageId });
    expect(events.slice(1).map(({ chunk }) => chunk)).toEqual(
      textChunks('Hel', 'lo', '!').slice(1),
    );
    const ended = await done;
    const [, answer] = await current(kit, id);
    expect(ended).toMatchObject({ status: 'completed', outputItemId: answer!.id });
    expect(answer).toMatchObject({
      role: 'assistant',
      key: run.messageId,
      runId: run.id,
      parentId: items[0]!.id,
    });
    expect(textOf(answer)).toBe('Hello!');
    expect(await readAll(kit.owner.streams.read(id, run.streamId))).toEqual(events);
    expect(
      (await readAll(kit.owner.streams.read(id, run.streamId, { after: 4 }))).map(({ seq }) => seq),
    ).toEqual(events.slice(4).map(({ seq }) => seq));
  });

  test('a stop keeps exactly what readers have seen', async () => {
    await using place = await createPlace();
    await using kit = await openKit({ engine: place.open() });
    const { id } = await kit.thread();
    const hung = gate();
    const responder = scripted(async function* () {
      yield* textChunks('one ', 'two ').slice(0, 5);
      await hung.opened;
      yield* textChunks('three').slice(3);
    });
    const { run, done } = await kit.owner.runs.start(id, { input: 'Count', responder });
    const reading = readAll(kit.owner.streams.read(id, run.streamId));
    const live = kit.owner.streams.read(id, run.streamId);
    for (let seq = 0; seq < 5; seq++) await live.next();
    await live.return(undefined);
    expect(await kit.owner.runs.stop(id, run.id)).toMatchObject({ status: 'cancelled' });
    expect(await done).toMatchObject({ status: 'cancelled' });
    hung.open();
    const [, answer, ...others] = await current(kit, id);
    expect(others).toEqual([]);
    expect(textOf(answer)).toBe('one two ');
    expect(answer?.metadata).toEqual({ 'skein:partial': true });
    expect((await reading).at(-1)?.chunk).toEqual({ type: 'abort' });
    expect(await kit.owner.runs.stop(id, run.id)).toMatchObject({ status: 'cancelled' });
  });

  test('two stores on one place: a run on one is read and stopped through the other', async () => {
    await using place = await createPlace();
    const engine = place.open();
    await using kit = await openKit({ engine, clock: Date.now });
    if (!kit.store.capabilities.shared) return;
    await using there = await openKit({ engine: place.open(), clock: Date.now });
    const { id } = await kit.thread();
    const hung = gate();
    const responder = scripted(async function* ({ signal }) {
      yield* textChunks('one ').slice(0, 4);
      await hung.opened;
      for (const delta of 'abcdefgh') yield { type: 'text-delta', id: 't', delta };
      // Only the stop, which the other store wrote, ends it.
      if (!signal.aborted) await once(signal, 'abort');
    });
    const { run, done } = await kit.owner.runs.start(id, { input: 'Count', responder });
    const seen: Chunk[] = [];
    for await (const { chunk } of there.owner.streams.read(id, run.streamId)) {
      seen.push(chunk);
      if (chunk.type === 'text-delta' && chunk.delta === 'one ') {
        await there.owner.runs.stop(id, run.id);
        hung.open();
      }
    }
    expect(seen.at(-1)).toEqual({ type: 'abort' });
    expect(await done).toMatchObject({ status: 'cancelled' });
    expect((await current(kit, id)).map(textOf)).toEqual(['Count', 'one ']);
  });
});

describe('runs', () => {
  test('a failure is seen by people, never by the model, and tried again in its place', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const failing = scripted(function* () {
      yield* textChunks('Half').slice(0, 4);
      throw new RunFailure({
        code: 'rate_limited',
        message: 'Too many requests.',
        retryable: true,
      });
    });
    const first = await kit.owner.runs.start(id, { input: 'Why?', responder: failing });
    const failed = await first.done;
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'rate_limited', message: 'Too many requests.', retryable: true },
    });
    const [, answer] = await current(kit, id);
    expect(answer?.parts.at(-1)).toMatchObject({ type: 'data-error' });
    const events = await readAll(kit.owner.streams.read(id, first.run.streamId));
    expect(events.at(-1)?.chunk).toEqual({ type: 'error', errorText: 'Too many requests.' });
    const context = await kit.owner.items.list(id, { view: 'context' });
    expect(JSON.stringify(context.data)).not.toContain('Too many requests');
    const again = await kit.owner.runs.start(id, {
      replacesId: answer!.id,
      responder: scripted(({ items }) => {
        expect(items.map(textOf)).toEqual(['Why?']);
        return textChunks('Because.');
      }),
    });
    expect(await again.done).toMatchObject({ status: 'completed', attempt: 2 });
    expect((await current(kit, id)).map(textOf)).toEqual(['Why?', 'Because.']);
  });

  test('internal details of a failure stay on the server', async () => {
    const failures: unknown[] = [];
    await using kit = await openKit({ runs: { onFailure: (failure) => failures.push(failure) } });
    const { id } = await kit.thread();
    const secret = new Error('the key is sk-123');
    const responder = scripted(() => {
      throw secret;
    });
    const { done } = await kit.owner.runs.start(id, { input: 'Hi', responder });
    expect(JSON.stringify(await done)).not.toContain('sk-123');
    expect(failures).toEqual([secret]);
    expect(JSON.stringify(await current(kit, id))).not.toContain('sk-123');
  });

  test('a second run is refused, waits or takes the place of the first', async () => {
    await using kit = await openKit({ clock: Date.now });
    const { id } = await kit.thread();
    const hung = gate();
    const slow = scripted(async function* () {
      yield* textChunks('first').slice(0, 4);
      await hung.opened;
      yield* textChunks('first').slice(4);
    });
    const quick = scripted(() => textChunks('quick'));
    const first = await kit.owner.runs.start(id, { input: 'A', responder: slow });
    await expect(kit.owner.runs.start(id, { input: 'B', responder: quick })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect((await current(kit, id)).map(textOf)).toEqual(['A']);
    const waiting = await kit.owner.runs.start(id, {
      input: 'C',
      responder: quick,
      policy: 'enqueue',
    });
    expect(waiting.run.status).toBe('queued');
    hung.open();
    expect(await first.done).toMatchObject({ status: 'completed' });
    expect(await waiting.done).toMatchObject({ status: 'completed' });
    expect((await current(kit, id)).map(textOf)).toEqual(['A', 'C', 'first', 'quick']);
    const never = gate();
    const hanging = scripted(async function* () {
      yield* textChunks('lost').slice(0, 4);
      await never.opened;
    });
    const third = await kit.owner.runs.start(id, { input: 'D', responder: hanging });
    const seen = kit.owner.streams.read(id, third.run.streamId);
    for (let seq = 0; seq < 4; seq++) await seen.next();
    await seen.return(undefined);
    const fourth = await kit.owner.runs.start(id, {
      input: 'E',
      responder: quick,
      policy: 'interrupt',
    });
    expect(await third.done).toMatchObject({ status: 'cancelled' });
    expect(await fourth.done).toMatchObject({ status: 'completed' });
    expect((await current(kit, id)).slice(4).map(textOf)).toEqual(['D', 'lost', 'E', 'quick']);
  });

  test('the same call again is the same run', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const responder = scripted(() => textChunks('once'));
    const input = [{ role: 'user', text: 'Q', key: 'q' }] as const;
    const first = await kit.owner.runs.start(id, { input, responder }, { idempotencyKey: 'k' });
    const again = await kit.owner.runs.start(id, { input, responder }, { idempotencyKey: 'k' });
    expect(again).toMatchObject({ replayed: true, run: { id: first.run.id } });
    await first.done;
    const byKey = await kit.owner.runs.start(id, { input, responder });
    expect(byKey).toMatchObject({ replayed: true, run: { id: first.run.id } });
    expect(await byKey.done).toMatchObject({ status: 'completed' });
    expect((await current(kit, id)).map(textOf)).toEqual(['Q', 'once']);
  });

  test('strangers may neither start, stop nor read', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const responder = scripted(() => textChunks('mine'));
    const { run, done } = await kit.owner.runs.start(id, { input: 'Q', responder });
    await done;
    const code = (code: string): object => ({ code });
    for (const caller of [kit.other, kit.foreigner]) {
      await expect(caller.runs.start(id, { input: 'x', responder })).rejects.toMatchObject(
        code('not_found'),
      );
      await expect(caller.runs.get(id, run.id)).rejects.toMatchObject(code('not_found'));
      await expect(caller.runs.stop(id, run.id)).rejects.toMatchObject(code('not_found'));
      await expect(caller.runs.list(id)).rejects.toMatchObject(code('not_found'));
      await expect(caller.streams.get(id, run.streamId)).rejects.toMatchObject(code('not_found'));
      await expect(caller.streams.active(id)).rejects.toMatchObject(code('not_found'));
      await expect(caller.streams.read(id, run.streamId).next()).rejects.toMatchObject(
        code('not_found'),
      );
    }
    const elsewhere = await kit.thread();
    await expect(kit.owner.runs.get(elsewhere.id, run.id)).rejects.toMatchObject(code('not_found'));
    await expect(kit.owner.streams.read(elsewhere.id, run.streamId).next()).rejects.toMatchObject(
      code('not_found'),
    );
  });

  test('a run whose process is dead ends as failed, with what it had written', async () => {
    await using place = await enginePlaces[0]![1]();
    const engine = place.open();
    await using kit = await openKit({ engine, runs: { leaseMs: 60_000 } });
    const { id } = await kit.thread();
    const never = gate();
    const responder = scripted(async function* () {
      yield* textChunks('half').slice(0, 4);
      await never.opened;
    });
    const { run } = await kit.owner.runs.start(id, { input: 'Q', responder });
    const seen = kit.owner.streams.read(id, run.streamId);
    for (let seq = 0; seq < 4; seq++) await seen.next();
    await seen.return(undefined);
    kit.clock.advance(61_000);
    const next = await kit.owner.runs.start(id, {
      input: 'Next',
      responder: scripted(() => textChunks('fine')),
    });
    expect(await next.done).toMatchObject({ status: 'completed' });
    expect(await kit.owner.runs.get(id, run.id)).toMatchObject({
      status: 'failed',
      error: { code: 'lease_expired', retryable: true },
    });
    const [row] = await kit.rows(runsTable, [id, run.id]);
    expect(row?.leaseExpiresAt).toBeUndefined();
    expect((await current(kit, id)).map(textOf)).toEqual(['Q', 'half', 'Next', 'fine']);
  });

  test('an answer that waits for an approval continues as the same run and message', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const asking = scripted(() => [
      { type: 'start' },
      { type: 'start-step' },
      { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: { n: 1 } },
      { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
      { type: 'finish-step' },
      { type: 'finish' },
    ]);
    const first = await kit.owner.runs.start(id, { input: 'Buy', responder: asking });
    const waiting = await first.done;
    expect(waiting.status).toBe('interrupted');
    const [, asked] = await current(kit, id);
    const parts = asked!.parts.map((part) =>
      part.state === 'approval-requested'
        ? { ...part, state: 'approval-responded', approval: { id: 'a', approved: true } }
        : part,
    );
    const going = scripted(({ continued, items }) => {
      expect(continued?.parts).toEqual(parts);
      expect(items.at(-1)).toEqual(continued);
      return [
        { type: 'start' },
        { type: 'tool-output-available', toolCallId: 'c', output: 'bought' },
        ...textChunks('Done.').slice(1),
      ];
    });
    const input = [
      { role: 'assistant', parts, replacesId: asked!.id, runId: first.run.id },
    ] as const;
    const second = await kit.owner.runs.start(id, { input, responder: going });
    expect(second.run.id).toBe(first.run.id);
    expect(await second.done).toMatchObject({ status: 'completed', attempt: 1 });
    const [, answer, ...others] = await current(kit, id);
    expect(others).toEqual([]);
    expect(answer?.parts).toContainEqual(
      expect.objectContaining({ state: 'output-available', output: 'bought' }),
    );
    expect(textOf(answer)).toBe('Done.');
    expect(answer?.metadata).toEqual({ 'skein:messageId': first.run.messageId });
  });

  test('the chunks go a while after the end, the answer stays', async () => {
    // Short, for frequent sweeps. Neither the stream nor the lease ends while the clock stands
    // still.
    await using kit = await openKit({ runs: { streamTtlMs: 60, leaseMs: 60 } });
    const { id } = await kit.thread();
    const responder = scripted(() => textChunks('kept'));
    const { run, done } = await kit.owner.runs.start(id, { input: 'Q', responder });
    await done;
    expect(await kit.rows(chunksTable, [id])).not.toEqual([]);
    kit.clock.advance(120_000);
    await expect.poll(() => kit.rows(chunksTable, [id])).toEqual([]);
    await expect
      .poll(async () => (await kit.owner.streams.get(id, run.streamId)).status)
      .toBe('expired');
    await expect(kit.owner.streams.read(id, run.streamId).next()).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await current(kit, id)).map(textOf)).toEqual(['Q', 'kept']);
  });

  test('nothing of a deleted thread is left, also while a run works on it', async () => {
    await using kit = await openKit({ clock: Date.now, runs: { flushIntervalMs: 1 } });
    const { id } = await kit.thread();
    const hung = gate();
    const responder = scripted(async function* () {
      yield* textChunks('a ', 'b ').slice(0, 5);
      await hung.opened;
      yield* textChunks('late').slice(3);
    });
    const { run, done } = await kit.owner.runs.start(id, { input: 'Q', responder });
    for await (const { seq } of kit.owner.streams.read(id, run.streamId)) if (seq === 4) break;
    await kit.owner.threads.delete([id]);
    hung.open();
    await done.catch(() => undefined); // the run is gone with its thread
    await settled(kit);
    expect(await kit.rows(chunksTable, [id])).toEqual([]);
    expect(await kit.rows(streamsTable, [id])).toEqual([]);
    expect(await kit.rows(runsTable, [id])).toEqual([]);
  });
});
