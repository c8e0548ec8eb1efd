import { expect, test } from 'vitest';
import { parseEmoji } from './emoji.ts';

const family =
  '\u{1F468}\u{1F3FB}\u200D\u{1F469}\u{1F3FC}\u200D\u{1F467}\u{1F3FD}\u200D\u{1F466}\u{1F3FE}';
const scotland = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}';

test.each([
  ['\u{1F44D}', '\u{1F44D}'],
  ['\u{1F44D}\u{1F3FF}', '\u{1F44D}\u{1F3FF}'],
  // One emoji, whatever selectors came with it.
  ['\u2764', '\u2764\uFE0F'],
  ['\u2764\uFE0F', '\u2764\uFE0F'],
  ['\u2764\uFE0E', '\u2764\uFE0F'],
  ['\u{1F44D}\uFE0F', '\u{1F44D}'],
  ['\u261D\u{1F3FB}', '\u261D\u{1F3FB}'],
  ['\u{1F3F3}\u200D\u{1F308}', '\u{1F3F3}\uFE0F\u200D\u{1F308}'],
  ['\u{1F3F3}\uFE0F\u200D\u{1F308}', '\u{1F3F3}\uFE0F\u200D\u{1F308}'],
  ['\u{1F441}\u200D\u{1F5E8}', '\u{1F441}\uFE0F\u200D\u{1F5E8}\uFE0F'],
  ['\u{1F3F4}\u200D\u2620', '\u{1F3F4}\u200D\u2620\uFE0F'],
  ['\u{1F9D1}\u{1F3FD}\u200D\u2708', '\u{1F9D1}\u{1F3FD}\u200D\u2708\uFE0F'],
  ['1\u20E3', '1\uFE0F\u20E3'],
  ['#\uFE0F\u20E3', '#\uFE0F\u20E3'],
  ['\u{1F1E9}\u{1F1EA}', '\u{1F1E9}\u{1F1EA}'],
  [family, family],
  [scotland, scotland],
  [':+1:', ':+1:'],
  [':party-parrot:', ':party-parrot:'],
])('%s is one emoji', (given, form) => {
  expect(parseEmoji(given)).toBe(form);
  expect(parseEmoji(form)).toBe(form);
});

test.each([
  ...['', ' ', 'a', '1', '#', 'ok', '\u00E9', '\u5B57', '+1', ':', '::', ':Party:', ':a b:'],
  ...['\u{1F44D}\u{1F44D}', '\u{1F44D} ', '\u{1F44D}a', '\u{1F44D}\u0301', '\u{1F1E9}', '\uFE0F'],
  ...['\u200D', '\u{1F44D}\u200D', '\u0000', '\uD83D', `:${'a'.repeat(63)}:`],
  ...[`\u{1F468}${'\u200D\u{1F468}'.repeat(30)}`, 7, null, undefined, {}],
])('%j is none', (given) => {
  expect(parseEmoji(given)).toBeUndefined();
});
