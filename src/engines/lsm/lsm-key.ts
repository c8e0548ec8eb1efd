/**
 * The keys of the keyspace: every key that the engine writes is built and parsed here.
 *
 * A key is a text, and its UTF-8 bytes are what the store keeps and orders. The grammar, in code
 * points (`docs/formats/lsm.md` shows it byte by byte):
 *
 *   key       = keyspace column*
 *   keyspace  = table index              ; ids, U+0001 to U+00FE; the rows have index U+0000
 *   column    = string | int | number | boolean
 *   string    = char* U+0000             ; so that a proper prefix sorts first
 *   char      = U+0001 U+0001            ; for U+0000
 *             | U+0001 U+0002            ; for U+0001
 *             | U+10FFFF U+0001          ; for U+10FFFF
 *             | any other code point, as it is
 *   int       = digit{8}                 ; value + 2^55, base 128, high digit first; also timestamp
 *   number    = digit{10}                ; the sortable bits of the double, 5 digits per 32 bits
 *   boolean   = U+0000 | U+0001          ; false, true
 *   digit     = U+0000 .. U+007F
 *   sentinel  = keyspace U+10FFFF U+10FFFF  ; after every key of its keyspace
 *   meta      = U+0000 U+0000 string     ; what the store says about itself
 *
 * Digits of 7 bits instead of bytes keep every key valid UTF-8. So keys are plain strings in
 * JavaScript, which the native store hands over nearly twice as fast as buffers, and which can be
 * looked up in a `Map`.
 */
import { unreachable } from '../../shared/assert.ts';
import { SkeinError } from '../../shared/error.ts';
import type { ColumnType, Scalar } from '../../engine/engine.ts';

const stringEnd = '\u0000';
const lastCodePoint = '\u{10ffff}';
const keyspaceLength = 2;

/** The index id of the rows themselves. */
export const rowsId = 0;

export function keyspaceOf(tableId: number, indexId: number): string {
  return String.fromCharCode(tableId, indexId);
}

/**
 * The key of a permanent entry that keeps the scans of a keyspace from running into the next one.
 */
export function sentinelOf(keyspace: string): string {
  return keyspace + lastCodePoint + lastCodePoint;
}

export function metaKeyOf(name: string): string {
  return keyspaceOf(0, 0) + name + stringEnd;
}

/**
 * The least key that is greater than all that begin with `prefix`, a keyspace and whole columns;
 * for a bare keyspace its sentinel. The last character of a column is never half of a surrogate
 * pair.
 */
export function endOf(prefix: string): string {
  if (prefix.length === keyspaceLength) return sentinelOf(prefix);
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

export type ColumnEncoder = (value: Scalar) => string;

const encoders: Readonly<Record<Exclude<ColumnType, 'json'>, (value: never) => string>> = {
  string: encodeString,
  int: encodeInt,
  timestamp: encodeInt,
  number: encodeNumber,
  boolean: encodeBoolean,
};

export function encoderOf(type: ColumnType): ColumnEncoder {
  if (type === 'json') throw new TypeError('JSON has no order');
  // Values have the type of their column: the engine's wrapper checks them (checks.ts).
  return encoders[type] as ColumnEncoder;
}

// oxlint-disable-next-line no-control-regex -- these are the reserved characters
const reserved = /[\u0000\u0001\u{10ffff}]/u;
// oxlint-disable-next-line no-control-regex -- as above
const everyReserved = /[\u0000\u0001\u{10ffff}]/gu;
// oxlint-disable-next-line no-control-regex -- as above
const everyEscape = /\u0001[\u0001\u0002]|\u{10ffff}\u0001/gu;

function encodeString(value: string): string {
  return (reserved.test(value) ? value.replace(everyReserved, escapeChar) : value) + stringEnd;
}

function escapeChar(char: string): string {
  if (char === '\u0000') return '\u0001\u0001';
  return char === '\u0001' ? '\u0001\u0002' : `${char}\u0001`;
}

function unescapeChar(escape: string): string {
  if (escape === '\u0001\u0001') return '\u0000';
  return escape === '\u0001\u0002' ? '\u0001' : lastCodePoint;
}

function encodeBoolean(value: boolean): string {
  return value ? '\u0001' : '\u0000';
}

/**
 * Adding 2^55 would lose the last bits of a large number, so its two halves are separated first.
 */
function encodeInt(value: number): string {
  const high = Math.floor(value / 2 ** 28);
  return encode28Bits(high + 2 ** 27) + encode28Bits(value - high * 2 ** 28);
}

function encode28Bits(bits: number): string {
  return String.fromCharCode(bits >>> 21, (bits >>> 14) & 127, (bits >>> 7) & 127, bits & 127);
}

const double = new DataView(new ArrayBuffer(8));

/** Positive doubles sort by their bits, negative ones in reverse. -0 is stored as 0. */
function encodeNumber(value: number): string {
  double.setFloat64(0, value === 0 ? 0 : value);
  const high = double.getUint32(0);
  const low = double.getUint32(4);
  if (high >>> 31 === 1) return encode32Bits(~high >>> 0) + encode32Bits(~low >>> 0);
  return encode32Bits((high | 0x8000_0000) >>> 0) + encode32Bits(low);
}

function encode32Bits(bits: number): string {
  return String.fromCharCode(bits >>> 28) + encode28Bits(bits & 0x0fff_ffff);
}

/** Reads the columns of a key one after the other. A reader can be reused for many keys. */
export class KeyReader {
  #text = '';
  #at = 0;

  /** `at` is the offset of the first column to read. */
  start(text: string, at: number = keyspaceLength): void {
    this.#text = text;
    this.#at = at;
  }

  read(type: ColumnType): Scalar {
    switch (type) {
      case 'string':
        return this.#readString();
      case 'int':
      case 'timestamp':
        return (this.#readBits(4) - 2 ** 27) * 2 ** 28 + this.#readBits(4);
      case 'number':
        return this.#readNumber();
      case 'boolean':
        return this.#readBits(1) === 1;
      case 'json':
        throw new TypeError('JSON has no order');
      default:
        return unreachable(type);
    }
  }

  #readString(): string {
    const end = this.#text.indexOf(stringEnd, this.#at);
    if (end === -1) throw damaged();
    const value = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return reserved.test(value) ? value.replace(everyEscape, unescapeChar) : value;
  }

  #readNumber(): number {
    const high = this.#readBits(5);
    const low = this.#readBits(5);
    const isNegative = high < 0x8000_0000;
    double.setUint32(0, isNegative ? ~high : high ^ 0x8000_0000);
    double.setUint32(4, isNegative ? ~low : low);
    return double.getFloat64(0);
  }

  #readBits(digits: number): number {
    let bits = 0;
    for (let i = 0; i < digits; i++) bits = bits * 128 + this.#text.charCodeAt(this.#at++);
    if (Number.isNaN(bits)) throw damaged();
    return bits;
  }
}

function damaged(): SkeinError {
  return new SkeinError('internal', 'A stored key ends too early.');
}
