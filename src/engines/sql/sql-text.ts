/**
 * Strings as SQL databases keep them. PostgreSQL has no text with U+0000, and SQLite's functions
 * stop at one, so U+0000 is written as U+0001 U+0001, and U+0001 itself as U+0001 U+0002. Different
 * strings stay different, and the order of their bytes stays. All other characters are unchanged.
 */

export function encodeText(text: string): string {
  if (!rare.test(text)) return text;
  return text.replaceAll(eachRare, (char) => (char === '\u0000' ? '\u0001\u0001' : '\u0001\u0002'));
}

export function decodeText(stored: string): string {
  if (!stored.includes('\u0001')) return stored;
  return stored.replaceAll(eachPair, (pair) => (pair === '\u0001\u0001' ? '\u0000' : '\u0001'));
}

// oxlint-disable no-control-regex -- control characters are what these look for
const rare = /[\u0000\u0001]/;
const eachRare = /[\u0000\u0001]/g;
const eachPair = /\u0001[\u0001\u0002]/g;
