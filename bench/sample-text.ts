import { createSequence } from './statistics.ts';

const words = (
  'the order was placed on monday and still shows as pending could you please check what happened to ' +
  'delivery thanks sure one moment while i look that up for you it left our warehouse this morning with ' +
  'tracking number refund account customer ticket question answer about booking table movie seat city'
).split(' ');

/**
 * Texts of `length` characters in plain words, which compress about as well as conversations. With
 * 128 characters an item takes about 350 bytes as stored.
 */
export function sampleTexts(count: number, length = 128): string[] {
  const next = createSequence(42);
  return Array.from({ length: count }, () => {
    let text = '';
    while (text.length < length) text += `${words[next(words.length)]!} `;
    return text.slice(0, length);
  });
}
