/**
 * Makes stored text safe for a terminal. Escape sequences inside a message could move the cursor,
 * change the title, write the clipboard or hide what follows (CVE-2003-0063 and its successors),
 * and directional overrides can show text in another order (CVE-2021-42574). Both become visible
 * signs. Line breaks stay; a tab becomes spaces.
 */
export function safeText(text: string): string {
  return unsafe.test(text) ? text.replace(/\r\n?/g, '\n').replace(unsafeAll, signOf) : text;
}

/** Like `safeText`, on one line: every run of white space becomes one space. */
export function safeLine(text: string): string {
  return safeText(text.replace(/\s+/g, ' ').trim());
}

const unsafePattern =
  '[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]|\\p{Surrogate}';
const unsafe = new RegExp(unsafePattern, 'u');
const unsafeAll = new RegExp(unsafePattern, 'gu');

function signOf(char: string): string {
  const code = char.charCodeAt(0);
  if (char === '\t') return '    ';
  if (code < 0x20) return String.fromCharCode(0x2400 + code); // the control pictures
  if (code === 0x7f) return '\u2421';
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
