import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  openKit,
  only,
  settled,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

let kit: StoreKit;
beforeEach(async () => {
  kit = await openKit();
});
afterEach(() => kit[Symbol.asyncDispose]());

async function titleOf(threadId: string): Promise<readonly [string, string]> {
  const { title, titleSource } = await kit.owner.threads.get(threadId);
  return [title, titleSource];
}

const text = 'How do I make a sourdough starter from nothing but flour and water?';
const derived = ['How do I make a sourdough starter from nothing but', 'derived'] as const;
const none = ['New Thread', 'default'] as const;

describe('a title', () => {
  test('comes from the first text of a user, immediately, and stays', async () => {
    const { id } = await kit.thread();
    expect(await titleOf(id)).toEqual(none);
    await kit.append(id, { role: 'system', text: 'You are kind.' });
    await kit.append(id, { role: 'assistant', text: 'Hello!' });
    expect(await titleOf(id)).toEqual(none);
    await kit.say(id, text);
    expect(await titleOf(id)).toEqual(derived);
    await kit.say(id, 'Something else');
    expect(await titleOf(id)).toEqual(derived);
  });

  test('comes from the items that a thread is created with', async () => {
    const { id } = await kit.thread({
      items: [
        { role: 'system', text: 'You are kind.' },
        { role: 'user', text },
        { role: 'user', text: 'b' },
      ],
    });
    expect(await titleOf(id)).toEqual(derived);
  });

  test('comes with the first message in every mode, and of a scope, and with a key', async () => {
    for (const mode of ['assistant', 'direct', 'group', 'channel', 'public', 'feed'] as const) {
      const { id } = await kit.thread({ mode });
      await kit.append(id, { text, key: 'k' });
      expect(await titleOf(id)).toEqual(derived);
    }
    const [scoped] = await kit.owner.scopes.getOrCreate([{ scopeType: 's', scopeId: '1' }]);
    await kit.say(scoped!.id, text);
    expect(await titleOf(scoped!.id)).toEqual(derived);
  });

  test.each(['Mine', '', 'New Thread'])("that is the user's (%j) stays", async (title) => {
    const { id } = await kit.thread({ title });
    const before = await titleOf(id);
    await kit.say(id, text);
    expect(await titleOf(id)).toEqual(before);
    const other = await kit.thread();
    await kit.owner.threads.update([{ id: other.id, title }]);
    await kit.say(other.id, text);
    expect(await titleOf(other.id)).toEqual(before);
  });

  test('waits for a text that people see', async () => {
    const { id } = await kit.thread();
    await kit.append(id, { text: 'secret', private: true });
    await kit.append(id, { text: 'hidden', visibility: 'hidden' });
    await kit.append(id, { parts: [{ type: 'file', mediaType: 'image/png' }] });
    await kit.append(id, { text: '  \n ' });
    expect(await titleOf(id)).toEqual(none);
    await kit.say(id, text);
    expect(await titleOf(id)).toEqual(derived);
  });

  test('after concurrent appends comes from the first of them', async () => {
    const { id } = await kit.thread();
    await Promise.all([kit.say(id, 'first'), kit.say(id, 'second')]);
    const [first] = (await kit.owner.items.list(id)).data;
    expect((await titleOf(id))[0]).toBe(String(first?.parts[0]?.text));
  });
});

describe('a derived title does not outlive its text', () => {
  test('when it is redacted', async () => {
    const { id } = await kit.thread();
    const item = only(await kit.say(id, 'secret'));
    await kit.owner.items.redact(id, [item.id]);
    expect(await titleOf(id)).toEqual(none);
    await kit.say(id, text);
    expect(await titleOf(id)).toEqual(derived);
  });

  test('when it is hidden, until it is shown again', async () => {
    const { id } = await kit.thread();
    const [item] = await kit.say(id, 'secret', 'next');
    await kit.owner.items.update(id, [{ id: item!.id, visibility: 'archived' }]);
    expect(await titleOf(id)).toEqual(['next', 'derived']);
    await kit.owner.items.update(id, [{ id: item!.id, visibility: 'visible' }]);
    expect(await titleOf(id)).toEqual(['secret', 'derived']);
  });

  test('when it is edited', async () => {
    const { id } = await kit.thread();
    const item = only(await kit.say(id, 'teh title'));
    await kit.append(id, { text: 'the title', replacesId: item.id });
    expect(await titleOf(id)).toEqual(['the title', 'derived']);
  });

  test('in forks of its thread', async () => {
    const { id } = await kit.thread();
    const item = only(await kit.say(id, 'secret'));
    const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
    expect(await titleOf(fork.id)).toEqual(['secret', 'derived']);
    await kit.owner.items.redact(id, [item.id]);
    await settled(kit);
    expect(await titleOf(fork.id)).toEqual(none);
  });

  test("and a user's title stays", async () => {
    const { id } = await kit.thread({ title: 'secret' });
    const item = only(await kit.say(id, 'secret'));
    await kit.owner.items.redact(id, [item.id]);
    expect(await titleOf(id)).toEqual(['secret', 'user']);
  });
});
