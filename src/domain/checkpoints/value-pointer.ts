/**
 * Where the value of a channel is, as JSON:
 *
 *   pointer := list           text (see element-list.ts): a list of elements of the channel's lane
 *            | id             number: one element of the lane of whole values
 *            | "[" json "]"   the value itself, where it is small
 */
import type { JsonValue } from '../../shared/json.ts';
import type { Packed } from '../../api/checkpoint.ts';

export type ValuePointer = string | number | readonly [JsonValue];

/** Small values stand in the checkpoint's row, where they need no row of their own. */
const inlineLengthMax = 256;

/** The pointer that holds a value itself, or `undefined` where it is too large or not plain JSON. */
export function inlinePointer({ json, type }: Packed): ValuePointer | undefined {
  if (json === undefined || (type ?? 'json') !== 'json') return undefined;
  if (typeof json === 'string' && json.length > inlineLengthMax) return undefined;
  return JSON.stringify(json).length <= inlineLengthMax ? [json] : undefined;
}

/** What a row holds as a pointer: rows hold what `put` wrote. */
export function asPointer(stored: JsonValue): ValuePointer {
  return stored as ValuePointer; // written by put-checkpoint.ts
}
