/**
 * The emoji of a reaction in its one form, so that no emoji is counted as two: one emoji of
 * Unicode (UTS 51) with the variation selectors that make it fully qualified, or a short name in
 * colons such as `:party-parrot:` for emoji of the host's own. `undefined` for anything else.
 *
 * Short names are not resolved: which of them stand for an emoji of Unicode is the client's table.
 *
 * @example
 * parseEmoji('\u2764'); // '\u2764\ufe0f', a red heart, as with the selector
 */
export function parseEmoji(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > emojiLengthMax) return undefined;
  if (shortName.test(value)) return value;
  if (!possibleEmoji.test(value)) return undefined;
  return value.replaceAll(/[\ufe0e\ufe0f]/g, '').replaceAll(unqualified, '$&\ufe0f');
}

/** In UTF-16 units. The longest emoji of Unicode has fewer than 32. */
const emojiLengthMax = 64;

const shortName = /^:[a-z0-9_+-]{1,62}:$/;

/** A pictograph, with a skin tone or tags; or a flag of two letters, or a key of a keypad. */
const element =
  '(?:\\p{Extended_Pictographic}(?:\\p{EMod}|[\\ufe0e\\ufe0f])?(?:[\\u{e0020}-\\u{e007e}]+\\u{e007f})?)';
const possibleEmoji = new RegExp(
  `^(?:\\p{RI}\\p{RI}|[0-9#*][\\ufe0e\\ufe0f]?\\u20e3|${element}(?:\\u200d${element})*)$`,
  'u',
);

/** Characters that are texts by default, unless a selector or a skin tone follows them. */
const unqualified =
  /(?:(?!\p{Emoji_Presentation})(?=\p{Emoji})\p{Extended_Pictographic}(?!\p{EMod})|[0-9#*](?=\u20e3))/gu;
