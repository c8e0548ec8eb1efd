import { describe, expect, test } from 'vitest';
import { doctor } from '../../store/doctor/doctor.ts';
import { codeOf, only, openKit } from '../../../test/support/store/store-kit-for-testing.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import type { NewItem } from '../../api/item.ts';

const said = { role: 'user', text: 'Hello', key: 'import-42' } as const;

describe.each(enginePlaces)('a key that an item kept from the caller has, on %s', (_name, open) => {
  test.each<[string, Partial<NewItem>]>([
    ['private', { private: true, text: 'SECRET' }],
    ['private, with the same words', { private: true }],
    ['hidden', { visibility: 'hidden' }],
  ])('is free for others: %s', async (_kind, kept) => {
    await using place = await open();
    await using kit = await openKit({ engine: place.open() });
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const [first] = await kit.host.items.append(id, [{ ...said, ...kept }]);
    const own = only(await kit.other.items.append(id, [said]));
    expect(own.id).not.toBe(first!.id);
    // Retries find the item of their caller.
    expect(await kit.other.items.append(id, [said])).toEqual([own]);
    expect(await kit.host.items.append(id, [{ ...said, ...kept }])).toEqual([first]);
    const seen = await kit.other.items.list(id, { key: said.key });
    expect(seen.data.map((item) => item.id)).toEqual([own.id]);
    // What a caller sees is in its way as before.
    const third = kit.store.project('project').as({ userId: 'third' });
    expect(await codeOf(third.items.append(id, [{ ...said, text: 'Else' }]))).toBe('key_conflict');
    await kit.store.close();
    expect((await doctor(place.open(), { repair: false })).problems).toEqual([]);
  });

  test('names the answer of a run, too', async () => {
    await using place = await open();
    const responders = sourceOf(scripted(() => textChunks('Yes')));
    await using kit = await openKit({ engine: place.open(), responders });
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    await kit.host.items.append(id, [{ ...said, private: true, text: 'SECRET' }]);
    const { done: ended } = await kit.other.runs.start(id, { input: 'Hi', messageId: said.key });
    const done = await ended;
    expect([done.status, done.messageId]).toEqual(['completed', said.key]);
    const again = kit.other.runs.start(id, { input: 'And?', messageId: said.key });
    expect(await codeOf(again)).toBe('key_conflict');
    await kit.store.close();
    expect((await doctor(place.open(), { repair: false })).problems).toEqual([]);
  });

  test('an item of the caller keeps its key, though it was hidden since', async () => {
    await using place = await open();
    await using kit = await openKit({ engine: place.open() });
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const own = only(await kit.other.items.append(id, [said]));
    await kit.owner.items.update(id, [{ id: own.id, visibility: 'hidden' }]);
    const again = only(await kit.other.items.append(id, [said]));
    expect(again.id).toBe(own.id);
  });
});
