/**
 * Compares two strings by their UTF-8 bytes (the same order as by code points). All engines order
 * strings this way. JavaScript's `<` compares UTF-16 units and differs above U+FFFF. Returns a
 * negative number, zero or a positive number.
 */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

const encoder = new TextEncoder();

/** How many bytes a text has as UTF-8. Node counts them without making them. */
export function utf8Length(text: string): number {
  const { Buffer: counter } = globalThis as { readonly Buffer?: ByteCounter }; // none in browsers
  return counter ? counter.byteLength(text) : encoder.encode(text).byteLength;
}

interface ByteCounter {
  byteLength(text: string): number;
}

/** The SHA-256 of a text, as 43 characters of base64url. Works in Node and in browsers. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(text));
  return toBase64Url(new Uint8Array(digest));
}

/**
 * Like `sha256`, but synchronous where the platform allows it: hashing a short text takes less time
 * than handing it to another thread.
 */
export function sha256Soon(text: string): string | Promise<string> {
  if (nodeCrypto === undefined || text.length > hashedHereMax) return sha256(text);
  return nodeCrypto.createHash('sha256').update(text).digest('base64url');
}

const hashedHereMax = 32 * 1024;

/** Node's own crypto module, which browsers lack. */
const nodeCrypto: NodeCrypto | undefined = (
  globalThis as { readonly process?: Partial<Pick<NodeJS.Process, 'getBuiltinModule'>> }
).process // absent in browsers
  ?.getBuiltinModule?.('node:crypto');

interface NodeCrypto {
  createHash(algorithm: 'sha256'): {
    update(text: string): { digest(encoding: 'base64url'): string };
  };
}

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 8192) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(binary);
}

export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The bytes of a base64url text, or `undefined` if it is not base64url. */
export function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
