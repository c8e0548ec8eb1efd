/**
 * The location of a channel's value, as JSON:
 *
 *   pointer := list           text (see element-list.ts): a list of elements of the channel's lane
 *            | id             number: one element of the lane of whole values
 *            | "[" json "]"   the value itself, if it is small
 */
import type { JsonValue } from '../../shared/json.ts';
import type { Packed } from '../../api/checkpoint.ts';

export type ValuePointer = string | number | readonly [JsonValue];

/** Small values are stored in the checkpoint's row and need no row of their own. */
const inlineLengthMax = 256;

/**
 * A pointer that contains the value itself, or `undefined` if the value is too large or not plain
 * JSON.
 */
export function inlinePointer({ json, type }: Packed): ValuePointer | undefined {
  if (json === undefined || (type ?? 'json') !== 'json') return undefined;
  if (typeof json === 'string' && json.length > inlineLengthMax) return undefined;
  return JSON.stringify(json).length <= inlineLengthMax ? [json] : undefined;
}

/** The pointer in a row, as `put` wrote it. */
export function asPointer(stored: JsonValue): ValuePointer {
  return stored as ValuePointer; // written by put-checkpoint.ts
}
