import { describe, expect, test } from 'vitest';
import {
  codeOf,
  openKit,
  textIn,
  textsIn,
  times,
} from '../../../test/support/store/store-kit-for-testing.ts';

describe('an edit', () => {
  test('is a new item in the place of the original, whose row stays', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a, b] = await kit.say(id, 'a', 'b');
    const edit = await kit.append(id, { text: 'a, edited', replacesId: a!.id });
    expect(edit.replacesId).toBe(a!.id);
    expect(edit.id > b!.id).toBe(true);
    const current = await kit.owner.items.list(id);
    expect(current.data.map((item) => item.id)).toEqual([edit.id, b!.id]);
    const { data: log } = await kit.owner.items.list(id, { view: 'log' });
    expect(textsIn(log)).toEqual(['a', 'b', 'a, edited']);
    expect(log[0]).toEqual({ ...a, replacedById: edit.id });
    expect(await kit.owner.threads.get(id)).toMatchObject({ itemCount: 3, lastItemId: edit.id });
  });

  test('of an edit stands in the place of the original, too', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a', 'b');
    const chain = [a!];
    for (let i = 0; i < 5; i++) {
      chain.push(await kit.append(id, { text: `edit ${i}`, replacesId: chain.at(-1)!.id }));
    }
    expect(textsIn((await kit.owner.items.list(id)).data)).toEqual(['edit 4', 'b']);
    const { data } = await kit.owner.items.list(id, { view: 'log' });
    const rows = chain.map((item) => data.find((row) => row.id === item.id)!);
    const newest = chain.at(-1)!.id;
    expect(rows.map(({ replacedById }) => replacedById)).toEqual([
      newest, // the original's is the newest
      ...chain.slice(2).map((item) => item.id),
      undefined,
    ]);
  });

  test('of an old revision becomes the newest', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a');
    const first = await kit.append(id, { text: 'first', replacesId: a!.id });
    await kit.append(id, { text: 'second', replacesId: a!.id });
    await kit.append(id, { text: 'third', replacesId: first.id });
    expect(textsIn((await kit.owner.items.list(id)).data)).toEqual(['third']);
  });

  test('several in one request are one after the other', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a, b] = await kit.say(id, 'a', 'b');
    const [second] = await kit.owner.items.append(id, [
      ...times(3, (i) => ({ role: 'user' as const, text: `a${i}`, replacesId: a!.id })),
      { role: 'user', text: 'c' },
      { role: 'user', text: 'b0', replacesId: b!.id },
    ]);
    expect(textsIn((await kit.owner.items.list(id)).data)).toEqual(['a2', 'b0', 'c']);
    expect((await kit.owner.items.get(id, second!.id)).parts).toEqual([
      { type: 'text', text: 'a0' },
    ]);
  });

  test('twenty at once: all are kept, the last one stands', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a');
    const edits = await Promise.all(
      times(20, (i) => kit.append(id, { text: `edit ${i}`, replacesId: a!.id })),
    );
    const newest = edits
      .map((edit) => edit.id)
      .toSorted()
      .at(-1);
    const { data } = await kit.owner.items.list(id);
    expect(data.map((item) => item.id)).toEqual([newest]);
    expect((await kit.owner.threads.get(id)).itemCount).toBe(21);
  });

  test('inherits the visibility of the replaced item unless it has its own', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const item = await kit.append(id, { text: 'a', visibility: 'hidden' });
    const edit = await kit.append(id, { text: 'b', replacesId: item.id });
    expect(edit.visibility).toBe('hidden');
    expect((await kit.owner.items.list(id)).data).toEqual([]);
    await kit.owner.items.update(id, [{ id: item.id, visibility: 'archived' }]);
    const next = await kit.append(id, { text: 'c', replacesId: item.id });
    expect(next.visibility).toBe('archived');
    const shown = await kit.append(id, { text: 'd', replacesId: item.id, visibility: 'visible' });
    expect(shown.visibility).toBe('visible');
    expect(textsIn((await kit.owner.items.list(id)).data)).toEqual(['d']);
    expect((await kit.append(id, { text: 'e', replacesId: edit.id })).visibility).toBe('visible');
  });

  test('of a private item is private, whatever it says', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const item = await kit.append(id, { text: 'a', private: true });
    for (const extra of [{}, { private: false }]) {
      const edit = await kit.append(id, { text: 'b', replacesId: item.id, key: 'k', ...extra });
      expect(edit.private).toBe(true);
    }
    expect((await kit.anonymous.items.list(id)).data).toEqual([]);
    expect((await kit.owner.threads.get(id)).lastPreview).toBe('');
    const open = await kit.append(id, { text: 'open' });
    const edit = await kit.append(id, { text: 'still open', replacesId: open.id, private: true });
    expect(edit.private).toBe(false);
  });

  test('of a private item is its author’s alone, who stays its only reader', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const [item] = await kit.other.items.append(id, [{ role: 'user', text: 'a', private: true }]);
    const edit = { role: 'user', text: 'b', replacesId: item!.id } as const;
    for (const caller of [kit.owner, kit.host]) {
      expect(await codeOf(caller.items.append(id, [edit]))).toBe('invalid_request');
    }
    await kit.other.items.append(id, [edit]);
    expect(textsIn((await kit.other.items.list(id)).data)).toEqual(['b']);
    expect(textsIn((await kit.owner.items.list(id)).data)).toEqual([]);
    expect((await kit.anonymous.items.list(id)).data).toEqual([]);
  });

  test('is for the author, and for the owner of a thread that is theirs alone', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const [own] = await kit.say(id, 'owner');
    const [theirs] = await kit.other.items.append(id, [{ role: 'user', text: 'other' }]);
    const edit = (replacesId: string) => [{ role: 'user', text: 'edited', replacesId }] as const;
    expect(await codeOf(kit.other.items.append(id, edit(own!.id)))).toBe('forbidden');
    expect(await codeOf(kit.other.items.append(id, edit(theirs!.id)))).toBe('none');
    expect(await codeOf(kit.owner.items.append(id, edit(theirs!.id)))).toBe('forbidden');
    expect(await codeOf(kit.owner.items.append(id, edit(own!.id)))).toBe('none');
    expect(await codeOf(kit.host.items.append(id, edit(theirs!.id)))).toBe('none');
    // The original author stays the author, even if a server wrote the last revision.
    expect(await codeOf(kit.other.items.append(id, edit(theirs!.id)))).toBe('none');
  });

  test('of a redacted item is a conflict', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a');
    const edit = await kit.append(id, { text: 'b', replacesId: a!.id });
    await kit.owner.items.redact(id, [a!.id]);
    for (const replacesId of [a!.id, edit.id]) {
      expect(await codeOf(kit.append(id, { text: 'c', replacesId }))).toBe('conflict');
    }
  });

  test('changes the preview if the original gives it, and only then', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a, b] = await kit.say(id, 'a', 'b');
    const preview = async (): Promise<string> => (await kit.owner.threads.get(id)).lastPreview;
    await kit.append(id, { text: 'a2', replacesId: a!.id });
    expect(await preview()).toBe('b');
    await kit.append(id, { text: 'b2', replacesId: b!.id });
    expect(await preview()).toBe('b2');
    await kit.append(id, { text: 'b3', replacesId: b!.id, visibility: 'hidden' });
    expect(await preview()).toBe('a2');
    await kit.append(id, { text: 'b4', replacesId: b!.id, visibility: 'visible' });
    expect(await preview()).toBe('b4');
  });
});

test('items come back as the newest revision whatever is asked by id', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread({ visibility: 'public' });
  const [a] = await kit.say(id, 'a');
  const edit = await kit.append(id, { text: 'b', replacesId: a!.id });
  // Members read the row itself, the public what is shown in its place, and revisions only there.
  expect(textIn(await kit.owner.items.get(id, a!.id))).toBe('a');
  expect(textIn(await kit.anonymous.items.get(id, a!.id))).toBe('b');
  expect(textIn(await kit.owner.items.get(id, edit.id))).toBe('b');
  expect(await codeOf(kit.anonymous.items.get(id, edit.id))).toBe('not_found');
});
