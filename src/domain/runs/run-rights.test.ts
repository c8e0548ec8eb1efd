import { describe, expect, test } from 'vitest';
import { chunks as chunksTable, streams } from '../../records/tables.ts';
import {
  codeOf,
  openKit,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { Item } from '../../api/item.ts';
import { textOf } from '../../shared/parts.ts';
import type { TurnContext } from '../../api/responder.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';

const publicThread = { mode: 'public', visibility: 'public' } as const;

/** Repeats the last question, and records all of its context. */
function echo(): { asked: string[][]; responder: ReturnType<typeof scripted> } {
  const asked: string[][] = [];
  const responder = scripted(({ items }: TurnContext) => {
    asked.push(items.map(({ parts }) => textOf(parts)));
    return textChunks(`echo: ${textOf(items.at(-1)!.parts)}`);
  });
  return { asked, responder };
}

async function shown(kit: StoreKit, threadId: string): Promise<readonly Item[]> {
  return (await kit.owner.items.list(threadId)).data;
}

/** Waits for people in the middle of its answer. */
const asking = scripted(() => [
  { type: 'start' },
  { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
  { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
  { type: 'finish' },
]);

describe('in a public thread a user who is not a member', () => {
  test('asks, is answered, and the model gets the public view', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    await kit.append(id, { text: 'for all' });
    await kit.append(id, { text: 'for the owner', private: true });
    await kit.append(id, { text: 'for the model', visibility: 'hidden' });
    const { asked, responder } = echo();
    const { done } = await kit.other.runs.start(id, { input: 'Hello?', responder });
    expect(await done).toMatchObject({ status: 'completed' });
    expect(asked).toEqual([['for all', 'Hello?']]);
    expect((await shown(kit, id)).map(({ parts }) => textOf(parts)).at(-1)).toBe('echo: Hello?');
    // Its members may read what is hidden, so their answers may be made of it.
    await (
      await kit.owner.runs.start(id, { input: 'And?', responder })
    ).done;
    expect(asked.at(-1)).toEqual(['for all', 'for the model', 'Hello?', 'echo: Hello?', 'And?']);
  });

  test('cannot replace what others wrote or asked for', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const { responder } = echo();
    const { items, done } = await kit.owner.runs.start(id, { input: 'mine', responder });
    const { outputItemId } = await done;
    const before = await shown(kit, id);
    for (const [api, replacesId, code] of [
      [kit.other, items[0]!.id, 'invalid_request'],
      [kit.owner, items[0]!.id, 'invalid_request'],
      [kit.other, outputItemId!, 'forbidden'],
    ] as const) {
      expect(await codeOf(api.runs.start(id, { replacesId, responder }))).toBe(code);
    }
    expect(await shown(kit, id)).toEqual(before);
    const own = await kit.other.runs.start(id, { input: 'other', responder });
    const answer = (await own.done).outputItemId!;
    const again = await kit.other.runs.start(id, { replacesId: answer, responder });
    expect(await again.done).toMatchObject({ status: 'completed', attempt: 2 });
    expect(await shown(kit, id)).toHaveLength(4);
  });

  test('ends no runs of others, neither by stopping nor by asking', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const hung = gate();
    const slow = scripted(async function* () {
      yield* textChunks('slow').slice(0, 4);
      await hung.opened;
    });
    const { responder } = echo();
    const { run, done } = await kit.owner.runs.start(id, { input: 'mine', responder: slow });
    expect(await codeOf(kit.other.runs.stop(id, run.id))).toBe('forbidden');
    const interrupting = { input: 'theirs', responder, policy: 'interrupt' } as const;
    expect(await codeOf(kit.other.runs.start(id, interrupting))).toBe('forbidden');
    expect(await kit.owner.runs.get(id, run.id)).toMatchObject({ status: 'running' });
    hung.open();
    expect(await done).toMatchObject({ status: 'completed' });
    const waiting = await kit.owner.runs.start(id, { input: 'Buy', responder: asking });
    expect(await waiting.done).toMatchObject({ status: 'interrupted' });
    const theirs = await kit.other.runs.start(id, { input: 'theirs', responder });
    await theirs.done;
    expect(await kit.owner.runs.get(id, waiting.run.id)).toMatchObject({ status: 'interrupted' });
    const stopped = await kit.other.runs.start(id, { input: 'more', responder: slow });
    expect(await kit.owner.runs.stop(id, stopped.run.id)).toBeDefined();
  });
});

describe('a private item', () => {
  test('is answered in private, for who asked alone', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const { asked, responder } = echo();
    const input = [{ role: 'user', text: 'my secret', private: true }] as const;
    const { run, done } = await kit.other.runs.start(id, { input, responder });
    await done;
    expect((await kit.other.items.list(id)).data.map(({ parts }) => textOf(parts))).toEqual([
      'my secret',
      'echo: my secret',
    ]);
    expect((await kit.owner.items.list(id)).data).toEqual([]);
    expect((await kit.anonymous.items.list(id)).data).toEqual([]);
    expect((await kit.anonymous.threads.get(id)).lastPreview ?? '').not.toContain('secret');
    expect((await kit.anonymous.runs.list(id)).data).toEqual([]);
    expect((await kit.other.runs.list(id)).data).toHaveLength(1);
    expect(await codeOf(kit.anonymous.runs.get(id, run.id))).toBe('not_found');
    for (const read of [
      kit.anonymous.streams.get(id, run.streamId),
      kit.anonymous.streams.read(id, run.streamId).next(),
    ]) {
      expect(await codeOf(read)).toBe('not_found');
    }
    expect((await kit.other.streams.read(id, run.streamId).next()).done).toBe(false);
    const more = [{ role: 'user', text: 'And?', private: true }] as const;
    await (
      await kit.other.runs.start(id, { input: more, responder })
    ).done;
    expect(asked.at(-1)).toEqual(['my secret', 'echo: my secret', 'And?']);
    // An answer that everybody reads is not made of it.
    await (
      await kit.other.runs.start(id, { input: 'Well?', responder })
    ).done;
    expect(asked.at(-1)).toEqual(['Well?']);
  });

  test('is no input for other users', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const secret = await kit.append(id, { text: 'my secret', private: true });
    const hidden = await kit.append(id, { text: 'instructions', visibility: 'hidden' });
    const { responder } = echo();
    for (const { id: inputItemId } of [secret, hidden]) {
      const start = kit.other.runs.start(id, { inputItemId, responder });
      expect(await codeOf(start)).toBe('invalid_request');
    }
  });
});

test('an item that is kept from a caller is named by no field of a run, as one that is not there', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread(publicThread);
  const { responder } = echo();
  const secret = await kit.append(id, { role: 'assistant', text: 'my secret', private: true });
  const absent = secret.id.replace(/.$/, (last) => (last === 'f' ? 'e' : 'f'));
  for (const field of ['inputItemId', 'replacesId', 'retriesId', 'archiveAfter'] as const) {
    const [kept, none] = await Promise.all(
      [secret.id, absent].map((itemId) =>
        kit.other.runs.start(id, { [field]: itemId, responder }).then(
          () => 'started',
          (error: unknown) => String(error),
        ),
      ),
    );
    expect(kept).toBe(none);
    expect(kept).toContain(`${field}: is not an item of this thread`);
  }
});

describe('an answer that was hidden or redacted', () => {
  test('is not to be read in its stream', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread(publicThread);
    const { responder } = echo();
    const { run, done } = await kit.owner.runs.start(id, { input: 'Hello?', responder });
    const { outputItemId } = await done;
    expect((await kit.other.streams.read(id, run.streamId).next()).done).toBe(false);
    await kit.owner.items.update(id, [{ id: outputItemId!, visibility: 'hidden' }]);
    expect(await codeOf(kit.other.streams.read(id, run.streamId).next())).toBe('not_found');
    expect((await kit.owner.streams.read(id, run.streamId).next()).done).toBe(false);
    await kit.owner.items.redact(id, [outputItemId!]);
    expect(await codeOf(kit.owner.streams.read(id, run.streamId).next())).toBe('not_found');
    expect(await kit.rows(chunksTable, [id])).toEqual([]);
  });

  test('leaves nothing of the answer before it was continued', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const { run, done } = await kit.owner.runs.start(id, { input: 'Buy', responder: asking });
    await done;
    const asked = (await shown(kit, id))[1]!;
    const input = [
      { role: 'assistant', parts: asked.parts, replacesId: asked.id, runId: run.id },
    ] as const;
    const hung = gate();
    const going = scripted(async function* () {
      yield* textChunks('bought').slice(0, 4);
      await hung.opened;
    });
    const next = await kit.owner.runs.start(id, { input, responder: going });
    await kit.owner.streams.read(id, next.run.streamId).next();
    await kit.owner.items.redact(id, [asked.id]);
    hung.open();
    expect(await next.done).toMatchObject({ status: 'cancelled' });
    const log = (await kit.owner.items.list(id, { view: 'log' })).data;
    expect(log.map(({ parts }) => parts.length)).toEqual([1, ...log.slice(1).map(() => 0)]);
    expect((await kit.rows(streams, [id])).map(({ snapshot }) => snapshot)).toEqual([
      undefined,
      undefined,
    ]);
    expect(await kit.rows(chunksTable, [id])).toEqual([]);
  });
});

test('an archived item is not answered again', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const { responder } = echo();
  const { items, done } = await kit.owner.runs.start(id, { input: 'one', responder });
  const { outputItemId } = await done;
  const updates = [items[0]!.id, outputItemId!].map((item) => {
    return { id: item, visibility: 'archived' } as const;
  });
  await kit.owner.items.update(id, updates);
  for (const asked of [{ replacesId: outputItemId! }, { inputItemId: items[0]!.id }]) {
    expect(await codeOf(kit.owner.runs.start(id, { ...asked, responder }))).toBe('conflict');
  }
});

test('a question that was archived is not asked again, and a failed answer that was is left alone', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const failing = scripted(() => {
    throw new Error('It broke.');
  });
  const input = [{ role: 'user', text: 'Q', key: 'q' }] as const;
  const first = await kit.owner.runs.start(id, { input, responder: failing });
  const { outputItemId } = await first.done;
  await kit.owner.items.update(id, [{ id: outputItemId!, visibility: 'archived' }]);
  const { responder } = echo();
  const second = await kit.owner.runs.start(id, { input, responder });
  expect(await second.done).toMatchObject({ status: 'completed', attempt: 2 });
  expect((await shown(kit, id)).map(({ parts }) => textOf(parts))).toEqual(['Q', 'echo: Q']);
  const other = [{ role: 'user', text: 'R', key: 'r' }] as const;
  const third = await kit.owner.runs.start(id, { input: other, responder: failing });
  await third.done;
  await kit.owner.items.update(id, [{ id: third.items[0]!.id, visibility: 'archived' }]);
  expect(await codeOf(kit.owner.runs.start(id, { input: other, responder }))).toBe('conflict');
});
