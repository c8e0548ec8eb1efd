import { assert } from '../../shared/assert.ts';
import { fromBase64Url, toBase64Url } from '../../shared/bytes.ts';
import { invalid } from '../../shared/error.ts';

/**
 * A vector as one string, without loss:
 *
 *   vector = "s" base64url(float32 little-endian…)   if every number fits into float32 exactly
 *          | "d" base64url(float64 little-endian…)
 */
export function encodeVector(vector: readonly number[], path: string): string {
  if (!Array.isArray(vector) || vector.length === 0 || vector.length > dimensionsMax) {
    throw invalid(path, `must be an array of 1 to ${dimensionsMax} numbers`);
  }
  if (!vector.every((value) => Number.isFinite(value))) {
    throw invalid(path, 'must contain only finite numbers');
  }
  const isSingle = vector.every((value) => Math.fround(value) === value);
  const view = new DataView(new ArrayBuffer(vector.length * (isSingle ? 4 : 8)));
  for (const [i, value] of vector.entries()) {
    if (isSingle) view.setFloat32(i * 4, value, true);
    else view.setFloat64(i * 8, value, true);
  }
  return (isSingle ? 's' : 'd') + toBase64Url(new Uint8Array(view.buffer));
}

export function decodeVector(text: string): number[] {
  const bytes = fromBase64Url(text.slice(1));
  assert(bytes !== undefined, 'a stored vector must be base64url');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = text.startsWith('s') ? 4 : 8;
  return Array.from({ length: bytes.byteLength / size }, (_, i) =>
    size === 4 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true),
  );
}

/**
 * The cosine of the angle between two vectors; 0 if one has no length or their dimensions differ.
 */
export function cosine(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return 0;
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    dot += y * x;
    squaresA += x * x;
    squaresB += y * y;
  }
  const length = Math.sqrt(squaresA) * Math.sqrt(squaresB);
  return length === 0 ? 0 : dot / length;
}

const dimensionsMax = 16_384;
