/**
 * The thread id that a LangGraph thread id is kept under:
 *
 *   key     := id                 as it is: 1 to 128 characters of [A-Za-z0-9_.:-]
 *            | "lg.." escaped     any other text, where that is short enough
 *            | "lg.:" hash        any longer text: its SHA-256 as 43 characters of base64url
 *   escaped := (letter | digit | "_" | "-" | "." hex hex | ":" hex hex hex hex)*
 *
 * The hexadecimal digits are those of a UTF-16 unit, two where it is below U+0100. Texts that begin
 * as the last two forms do are escaped, so that no two texts have the same key.
 */
import { createHash } from 'node:crypto';

const plain = /^(?!lg\.[.:])[A-Za-z0-9_.:-]{1,128}$/;
const escapedPrefix = 'lg..';
const hashedPrefix = 'lg.:';
const keyLengthMax = 128;

export function toThreadKey(threadId: string): string {
  if (plain.test(threadId) && threadId !== '.' && threadId !== '..') return threadId;
  const escaped = escapedPrefix + threadId.replaceAll(/[^A-Za-z0-9_-]/g, escapeUnit);
  if (escaped.length <= keyLengthMax) return escaped;
  return hashedPrefix + createHash('sha256').update(escaped).digest('base64url');
}

/** Whether the id cannot be derived from the key, so that it must be stored with it. */
export function isHashedKey(key: string): boolean {
  return key.startsWith(hashedPrefix);
}

/** The LangGraph thread id of a key; for a hashed key it is `origin`, which is stored with it. */
export function fromThreadKey(key: string, origin?: string): string {
  if (isHashedKey(key)) return origin ?? key;
  if (!key.startsWith(escapedPrefix)) return key;
  return key
    .slice(escapedPrefix.length)
    .replaceAll(/\.([0-9a-f]{2})|:([0-9a-f]{4})/g, (_, short: string, long: string) => {
      return String.fromCharCode(Number.parseInt(short ?? long, 16));
    });
}

function escapeUnit(unit: string): string {
  const code = unit.charCodeAt(0);
  const hex = code.toString(16);
  return code < 0x100 ? `.${hex.padStart(2, '0')}` : `:${hex.padStart(4, '0')}`;
}
