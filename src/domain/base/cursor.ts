import { fromBase64Url, toBase64Url } from '../../shared/bytes.ts';
import { invalid } from '../../shared/error.ts';
import type { Scalar } from '../../records/records.ts';

/**
 * Cursors are opaque to callers: base64url of the JSON array `[list, ...position]`, where `list` is
 * a fingerprint of the list that the cursor belongs to. A forged position reveals nothing: it only
 * moves within a list that the caller may read anyway.
 */
export function encodeCursor(list: string, position: readonly Scalar[]): string {
  return toBase64Url(encoder.encode(JSON.stringify([fingerprint(list), ...position])));
}

/** The types of a list's positions, in order. */
export type PositionShape = readonly ('string' | 'number')[];

/**
 * The position in this list, or in one of these, in this shape, or in one of these. Throws
 * `invalid_request` for a cursor of another list or an invalid one.
 */
export function decodeCursor(
  lists: string | readonly string[],
  shape: PositionShape | readonly PositionShape[],
  cursor: string,
  path: string,
): Scalar[] {
  const parsed = parseCursor(cursor);
  if (parsed === undefined) throw invalid(path, 'is not a cursor');
  const [owner, ...position] = parsed;
  const isKnown = [lists].flat().some((list) => fingerprint(list) === owner);
  if (!isKnown) throw invalid(path, 'is a cursor of another list');
  if (!shapesOf(shape).some((types) => fits(position, types))) {
    throw invalid(path, 'is not a cursor');
  }
  return position;
}

function shapesOf(shape: PositionShape | readonly PositionShape[]): readonly PositionShape[] {
  const isOne = (one: typeof shape): one is PositionShape => typeof one[0] === 'string';
  return isOne(shape) ? [shape] : shape;
}

function fits(position: readonly Scalar[], types: PositionShape): boolean {
  return (
    position.length === types.length && position.every((value, i) => typeof value === types[i])
  );
}

const encoder = new TextEncoder();

function parseCursor(cursor: string): Scalar[] | undefined {
  const bytes = cursor.length > 2048 ? undefined : fromBase64Url(cursor);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return Array.isArray(value) && value.every(isScalar) ? value : undefined;
  } catch (error) {
    // Neither UTF-8 nor JSON: not one of our cursors.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value === 'boolean' || Number.isSafeInteger(value);
}

/**
 * FNV-1a over UTF-16 units, twice with different seeds: 64 bits against mix-ups, not against
 * malice.
 */
function fingerprint(text: string): string {
  return hash(text, 0x811c9dc5).toString(36) + hash(text, 0x1b873593).toString(36);
}

function hash(text: string, seed: number): number {
  let value = seed;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
