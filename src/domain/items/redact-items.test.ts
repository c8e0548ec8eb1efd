import { describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/memory-engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { changes } from '../../records/tables.ts';
import {
  codeOf,
  only,
  openKit,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

/** Everything that the engine stores, as text. */
async function everything(kit: StoreKit): Promise<string> {
  return JSON.stringify(await Promise.all(allTables.map((table) => kit.rows(table))));
}

describe('a redaction', () => {
  test('removes parts and metadata for good and keeps the tombstone', async () => {
    const engine = memory();
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    const item = await kit.append(id, {
      text: 'secret',
      metadata: { a: 'secret' },
      key: 'k',
      runId: 'r',
    });
    await kit.say(id, 'fine');
    kit.clock.advance(1000);
    const [redacted] = await kit.owner.items.redact(id, [item.id]);
    const redactedAt = new Date(kit.clock.nowMs).toISOString();
    expect(redacted).toEqual({ ...item, parts: [], metadata: {}, redactedAt });
    expect(await everything(kit)).not.toContain('secret');
    expect(await kit.owner.items.get(id, item.id)).toEqual(redacted);
    const { data } = await kit.owner.items.list(id);
    expect(textsIn(data)).toEqual(['', 'fine']);
    expect(textsIn((await kit.owner.items.list(id, { view: 'context' })).data)).toEqual(['fine']);
    expect(await kit.owner.threads.get(id)).toMatchObject({ itemCount: 2, version: 4 });
  });

  test.each([0, 1, 2, 3])('of any of its revisions is one of all, number %i', async (named) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'secret');
    const family = [a!];
    for (const text of ['secret 1', 'secret 2', 'secret 3']) {
      family.push(await kit.append(id, { text, replacesId: family.at(-1)!.id }));
    }
    await kit.owner.items.redact(id, [family[named]!.id]);
    expect(await everything(kit)).not.toContain('secret');
    expect(only(await kit.rows(changes).then((all) => all.slice(-1)))).toMatchObject({
      type: 'redaction',
      itemId: a!.id,
    });
  });

  test('of many revisions is complete', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'secret');
    for (let i = 0; i < 3; i++) {
      const edits = times(450, () => ({
        role: 'user' as const,
        text: 'secret',
        replacesId: a!.id,
      }));
      await kit.owner.items.append(id, edits);
    }
    await kit.owner.items.redact(id, [a!.id]);
    expect(await everything(kit)).not.toContain('secret');
  });

  test('scrubs the preview', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a, b] = await kit.say(id, 'a', 'secret');
    await kit.append(id, { text: 'secret edit', replacesId: b!.id });
    expect((await kit.owner.threads.get(id)).lastPreview).toBe('secret edit');
    await kit.owner.items.redact(id, [b!.id]);
    expect(await kit.owner.threads.get(id)).toMatchObject({ lastPreview: 'a', lastRole: 'user' });
    await kit.owner.items.redact(id, [a!.id]);
    expect(await kit.owner.threads.get(id)).toMatchObject({ lastPreview: '', lastRole: null });
  });

  test('together with an edit of the same item in one batch leaves nothing of either', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const items = await kit.say(id, 'secret', 'secret', 'secret');
    await Promise.all([
      ...items.map((item) => codeOf(kit.append(id, { text: 'secret', replacesId: item.id }))),
      ...items.map((item) => kit.owner.items.redact(id, [item.id])),
      ...items.map((item) => codeOf(kit.append(id, { text: 'secret', replacesId: item.id }))),
    ]);
    expect(await everything(kit)).not.toContain('secret');
  });

  test('again changes nothing', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a');
    const [first] = await kit.owner.items.redact(id, [a!.id]);
    const before = await kit.owner.threads.get(id);
    kit.clock.advance(5000);
    expect(await kit.owner.items.redact(id, [a!.id])).toEqual([first]);
    expect(await kit.owner.items.redact(id, [])).toEqual([]);
    expect(await kit.owner.threads.get(id)).toEqual(before);
  });

  test('keeps edges, keys and replies', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const a = await kit.append(id, { text: 'a', key: 'k' });
    const b = await kit.append(id, { text: 'b', parentId: a.id });
    await kit.owner.edges.create(id, [{ fromItemId: b.id, toItemId: a.id, type: 'caused_by' }]);
    await kit.owner.items.redact(id, [a.id]);
    expect((await kit.owner.edges.list(id)).data).toHaveLength(1);
    expect((await kit.owner.items.list(id, { parentId: a.id })).data).toHaveLength(1);
    expect((await kit.append(id, { text: 'again', key: 'k' })).id).toBe(a.id);
  });

  test('is for the owner, and for the author of a visible item', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const [own] = await kit.say(id, 'owner');
    const [theirs] = await kit.other.items.append(id, [{ role: 'user', text: 'other' }]);
    const [hidden] = await kit.host.items.append(id, [
      { role: 'user', text: 'hidden', visibility: 'hidden' },
    ]);
    expect(await codeOf(kit.other.items.redact(id, [own!.id]))).toBe('forbidden');
    expect(await codeOf(kit.anonymous.items.redact(id, [own!.id]))).toBe('unauthenticated');
    expect(await codeOf(kit.other.items.redact(id, [hidden!.id]))).toBe('not_found');
    expect(await codeOf(kit.foreigner.items.redact(id, [own!.id]))).toBe('not_found');
    expect(await codeOf(kit.other.items.redact(id, [theirs!.id]))).toBe('none');
    expect(await codeOf(kit.owner.items.redact(id, [own!.id]))).toBe('none');
  });
});
