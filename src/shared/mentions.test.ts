import { describe, expect, test } from 'vitest';
import { seededRandom } from '../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import { fromDataMention, toDataMention } from './mention-data.ts';
import { mentionedIn, mentionsAsText, partsWithMentions } from './mentions.ts';
import { textOf, toParts } from './parts.ts';

const text = (words: string): { type: 'text'; text: string } => ({ type: 'text', text: words });
const mention = (userId: string, name?: string): { type: 'mention'; userId: string } => {
  return { type: 'mention', userId, ...(name !== undefined && { name }) };
};

describe('a mention in a text', () => {
  test.each([
    [[text('Ask '), mention('u1', 'Ada'), text(', please.')], 'Ask @Ada, please.'],
    [[text('Ask'), mention('ada'), text('and'), mention('bob')], 'Ask @ada and @bob'],
    [
      [mention('agent:helper'), text('summarize (for '), mention('eve'), text(')')],
      '@helper summarize (for @eve)',
    ],
    [[mention('ada'), mention('bob')], '@ada @bob'],
    [[text('It is '), mention('ada'), text("'s.")], "It is @ada's."],
    [[text('Smile 😀'), mention('ada')], 'Smile 😀 @ada'],
    [[text('one'), text('two')], 'one two'],
    [[text(''), mention('ada')], '@ada'],
  ])('is read where it stands: %#', (parts, words) => {
    expect(textOf(parts)).toBe(words);
    if (parts.some(({ type }) => type === 'mention')) {
      expect(mentionsAsText(parts)).toEqual([text(words)]);
    }
  });

  test('joins no part that says more than a text', () => {
    const signed = { ...text('Hm.'), providerMetadata: { p: { signature: 's' } } };
    const file = { type: 'file', mediaType: 'image/png', url: 'data:,x' };
    const parts = [signed, mention('ada'), file, text('See?')];
    expect(mentionsAsText(parts)).toEqual([signed, text('@ada'), file, text('See?')]);
  });

  test('of another form, which older stores may hold, is no mention', () => {
    const parts = [{ type: 'mention', attrs: { id: 'ada' } }, text('Hi.')];
    expect(mentionedIn(parts)).toEqual([]);
    expect(textOf(parts)).toBe('Hi.');
    expect(mentionsAsText(parts)).toEqual(parts);
  });
});

test('an item mentions each user once, and at most fifty', () => {
  const many = Array.from({ length: 50 }, (_, i) => mention(`u${i % 40}`));
  expect(mentionedIn(toParts(many, 'p'))).toHaveLength(40);
  expect(() => toParts([...many, mention('one-more')], 'p')).toThrow(/at most 50 mentions/);
  const chunks = Array.from({ length: 60 }, (_, i) => mention(`u${i}`));
  expect(mentionedIn(chunks)).toHaveLength(50);
});

describe('the names in a text', () => {
  const people = [
    { id: 'u1', displayName: 'Ada' },
    { id: 'u2', displayName: 'Ada Lovelace' },
    { id: 'bob' },
  ];

  test('become mentions, the longest first, in any case', () => {
    const said = 'Ask @ada lovelace, @Bob, @ada and @adam; mail x@ada.org.';
    expect(partsWithMentions(said, people)).toEqual([
      text('Ask '),
      { type: 'mention', userId: 'u2', name: 'Ada Lovelace' },
      text(', '),
      { type: 'mention', userId: 'bob', name: 'bob' },
      text(', '),
      { type: 'mention', userId: 'u1', name: 'Ada' },
      text(' and @adam; mail x@ada.org.'),
    ]);
    expect(partsWithMentions('', people)).toEqual([text('')]);
  });

  const seed = seedForTesting();
  test(`always make parts that a store takes and that read the same (SEED=${seed})`, () => {
    for (let round = 0; round < 200; round += 1) {
      const random = seededRandom(seed + round);
      const pieces = ['@ada', '@', 'ada', ' ', 'Lovelace', ',', '@bob', 'é', '😀', '\n', 'x'];
      const said = Array.from({ length: 1 + random.below(80) }, () => random.pick(pieces)).join('');
      const parts = partsWithMentions(said, people);
      expect(toParts(parts, 'p'), `SEED=${seed + round}`).toEqual(parts);
      // A blank may come between a mention and what was written right beside it.
      const words = (read: string): string => read.toLowerCase().replaceAll(' ', '');
      expect(words(textOf(parts)), `SEED=${seed + round}`).toBe(words(said));
    }
  });
});

test('an application keeps data parts of the same name that are no mentions', () => {
  for (const data of [{ userId: 5 }, 'ada', { type: 'x', userId: 'ada' }, {}]) {
    const part = { type: 'data-mention', data };
    expect(fromDataMention(part)).toEqual(part);
  }
  const kept = { type: 'mention', userId: 'ada', color: '#fff' };
  expect(fromDataMention(toDataMention(kept))).toEqual(kept);
});
