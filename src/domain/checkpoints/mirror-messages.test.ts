import { expect, test } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import type { JsonValue } from '../../shared/json.ts';
import { createStore, type StoreProjectApi } from '../../store/index.ts';
import type { MessageChannel } from '../../api/checkpoint.ts';

/** `text`, `id: text`, or `id@seconds: text` for a message with its own time. */
const messages: MessageChannel = {
  channel: 'messages',
  mark: 'mark',
  toItem: (element: JsonValue) => {
    const match = /^(?:(\w+)(?:@(\d+))?: )?(.*)$/.exec(String(element));
    const [, key, seconds, text = ''] = match ?? [];
    return {
      item: { role: 'user', text, metadata: { mark: true }, ...(key !== undefined && { key }) },
      ...(seconds !== undefined && { writtenAtMs: Number(seconds) * 1000 }),
    };
  },
};

class Chat implements AsyncDisposable {
  readonly #store = createStore({ engine: memory() });
  #steps = 0;

  /** Puts the messages of a state; `at` is the second of the put and the checkpoint's id. */
  async put(list: readonly string[], at: number = this.#steps + 1): Promise<void> {
    this.#steps = at;
    const elements = list.map((json) => ({ json }));
    await (
      await this.#project()
    ).checkpoints.put('t', {
      namespace: '',
      id: String(at).padStart(3, '0'),
      content: { json: {} },
      metadata: { json: {} },
      versions: [['messages', at]],
      channels: ['messages'],
      values: new Map([['messages', { kind: 'list', elements }]]),
      messages,
      madeAtMs: at * 1000,
    });
  }

  /** The texts of the items, with the seconds of their times. */
  async shown(): Promise<(readonly [text: string, seconds: number])[]> {
    const { data } = await (await this.#project()).items.list('t');
    return data.map(({ parts, createdAt }) => [
      String(parts[0]?.text),
      Date.parse(createdAt) / 1000,
    ]);
  }

  async texts(): Promise<string[]> {
    return (await this.shown()).map(([text]) => text);
  }

  async count(): Promise<number | undefined> {
    const { data } = await (await this.#project()).threadMetadata.list();
    return data[0]?.messageCount;
  }

  async #project(): Promise<StoreProjectApi> {
    return (await this.#store).project('default').as({ userId: 'ada' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#store).close();
  }
}

test('a message without a key that is said again later is shown again', async () => {
  await using chat = new Chat();
  await chat.put(['yes']);
  await chat.put(['yes', 'ok']);
  await chat.put(['yes', 'ok', 'yes']);
  await chat.put(['yes', 'ok', 'yes', 'ok', 'yes']);
  expect(await chat.texts()).toEqual(['yes', 'ok', 'yes', 'ok', 'yes']);
  expect(await chat.count()).toBe(5);
  // Of messages with equal texts, the last ones disappear and reappear.
  await chat.put(['ok', 'yes']);
  expect(await chat.texts()).toEqual(['yes', 'ok']);
  await chat.put(['ok', 'yes', 'yes', 'yes']);
  expect(await chat.texts()).toEqual(['yes', 'ok', 'yes', 'yes']);
  expect(await chat.count()).toBe(4);
});

test('of a message with a key that a state has twice, taking one away leaves it', async () => {
  await using chat = new Chat();
  await chat.put(['a: one', 'a: one', 'b: two']);
  await chat.put(['a: one', 'b: two']);
  expect(await chat.texts()).toEqual(['one', 'two']);
  await chat.put(['b: two']);
  expect(await chat.texts()).toEqual(['two']);
});

test('an edited message keeps the time of its original, unless it tells one itself', async () => {
  await using chat = new Chat();
  await chat.put(['a: one', 'b@9: two']);
  await chat.put(['a: one, edited', 'b@9: two, edited']);
  await chat.put(['a: one, edited again', 'b@8: two, edited again']);
  expect(await chat.shown()).toEqual([
    ['one, edited again', 1],
    ['two, edited again', 8],
  ]);
});

test('the items show the newest checkpoint, in whatever order they are put', async () => {
  await using chat = new Chat();
  await chat.put(['a: one', 'b: two'], 5);
  await chat.put(['a: one'], 2);
  expect(await chat.texts()).toEqual(['one', 'two']);
  // The newest checkpoint may be put again.
  await chat.put(['a: one', 'c: three'], 5);
  expect(await chat.texts()).toEqual(['one', 'three']);
  await chat.put(['a: one'], 6);
  expect(await chat.texts()).toEqual(['one']);
});
