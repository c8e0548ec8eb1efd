import { describe, expect, test } from 'vitest';
import { openKit, times, titled } from '../../../test/support/store/store-kit-for-testing.ts';
import type { NewItem } from '../../api/item.ts';

describe('the preview of a thread', () => {
  const family = '👩‍👩‍👧';
  test.each(
    titled<[string, Partial<NewItem>]>([
      ['hello', { text: 'hello' }],
      ['a b c', { text: '  a\n\tb \u0000 \u2028 c\u0007 ' }],
      ['x'.repeat(100), { text: 'x'.repeat(101) }],
      ['x'.repeat(99), { text: `${'x'.repeat(99)}😀` }],
      [`${'x'.repeat(98)}😀`, { text: `${'x'.repeat(98)}😀` }],
      ['x'.repeat(95), { text: `${'x'.repeat(95)}${family}` }],
      ['e\u0301'.repeat(50), { text: 'e\u0301'.repeat(51) }],
      ['a\ufffdb', { text: 'a\ud800b' }],
      [
        'one two',
        {
          parts: [
            { type: 'text', text: 'one' },
            { type: 'data-x', data: 1 },
            { type: 'text', text: 'two' },
          ],
        },
      ],
      ['[tool-call]', { parts: [{ type: 'tool-call', toolCallId: 'c', toolName: 't' }] }],
      ['[file]', { parts: [{ type: 'file', mediaType: 'image/png' }] }],
      ['[text]', { text: ' \n ' }],
      ['[text]', { text: `e${'\u0301'.repeat(200)}` }],
      [`[${'y'.repeat(99)}`, { parts: [{ type: 'y'.repeat(300) }] }],
      ['x', { text: `x${' '.repeat(1000)}y`.slice(0, 900) }],
    ]),
  )('case %#: $2', async (expected, item) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.append(id, item);
    const { lastPreview } = await kit.owner.threads.get(id);
    expect(lastPreview).toBe(expected);
    expect(lastPreview.length).toBeLessThanOrEqual(100);
    expect(lastPreview.isWellFormed()).toBe(true);
  });

  test('is of the last item that people see, with its role', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const preview = async (): Promise<unknown> => {
      const { lastPreview, lastRole } = await kit.owner.threads.get(id);
      return [lastPreview, lastRole];
    };
    await kit.append(id, { role: 'assistant', text: 'seen' });
    for (const unseen of [
      { visibility: 'hidden' },
      { visibility: 'archived' },
      { private: true },
    ] as const) {
      await kit.append(id, { text: 'unseen', ...unseen });
      expect(await preview()).toEqual(['seen', 'assistant']);
    }
    await kit.owner.items.append(id, [
      { role: 'tool', text: 'also seen' },
      { role: 'user', text: 'unseen', visibility: 'hidden' },
    ]);
    expect(await preview()).toEqual(['also seen', 'tool']);
  });

  test('follows hiding, showing and redacting', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a, b, c] = await kit.say(id, 'a', 'b', 'c');
    const preview = async (): Promise<string> => (await kit.owner.threads.get(id)).lastPreview;
    await kit.owner.items.update(id, [{ id: c!.id, visibility: 'hidden' }]);
    expect(await preview()).toBe('b');
    await kit.owner.items.update(id, [{ id: a!.id, visibility: 'archived' }]);
    expect(await preview()).toBe('b');
    await kit.owner.items.redact(id, [b!.id]);
    expect(await preview()).toBe('');
    await kit.owner.items.update(id, [{ id: c!.id, visibility: 'visible' }]);
    expect(await preview()).toBe('c');
  });

  test('in one batch of many operations is that of the last', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a');
    await Promise.all([
      kit.say(id, 'first of the batch, so that the others wait'),
      kit.say(id, 'b'),
      kit.append(id, { text: 'a2', replacesId: a!.id }),
      kit.owner.items.update(id, [{ id: a!.id, visibility: 'hidden' }]),
      kit.append(id, { text: 'unseen', visibility: 'hidden' }),
    ]);
    expect((await kit.owner.threads.get(id)).lastPreview).toBe('b');
  });

  test('is looked for behind a bounded number of items', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.say(id, 'far away');
    const hidden = times(150, () => ({
      role: 'user' as const,
      text: 'x',
      visibility: 'hidden' as const,
    }));
    await kit.owner.items.append(id, hidden);
    const [last] = await kit.say(id, 'last');
    await kit.owner.items.update(id, [{ id: last!.id, visibility: 'hidden' }]);
    expect((await kit.owner.threads.get(id)).lastPreview).toBe('');
  });
});
