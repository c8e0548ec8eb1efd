import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import { isSameValue } from './same-value.ts';

/**
 * The tuple, with list elements replaced by the equal objects of `before`. The saver recognises
 * objects that it has stored, and neither serializes nor looks them up again. Otherwise every
 * checkpoint of a long thread would cost as much as all its messages.
 */
export function reuseElements(tuple: CheckpointTuple, before: CheckpointTuple): CheckpointTuple {
  const { channel_values: known } = before.checkpoint;
  const values = Object.entries(tuple.checkpoint.channel_values).map(
    ([channel, value]): [string, unknown] => [channel, reuse(value, known[channel])],
  );
  const checkpoint = { ...tuple.checkpoint, channel_values: Object.fromEntries(values) };
  return { ...tuple, checkpoint };
}

/** Lists grow at their end, so elements are compared only at the same index. */
function reuse(value: unknown, known: unknown): unknown {
  if (!Array.isArray(value) || !Array.isArray(known)) return value;
  const elements: readonly unknown[] = value;
  return elements.map((element, i) => {
    const other: unknown = known[i];
    return i < known.length && isSameValue(element, other) ? other : element;
  });
}
