import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import { isSameValue } from './same-value.ts';

/** The parts in which two savers' readings of one checkpoint differ; empty if they are equal. */
export function findDifferences(
  a: CheckpointTuple | undefined,
  b: CheckpointTuple | undefined,
): string[] {
  const [left, right] = [partsOf(a), partsOf(b)];
  return Object.keys(left).filter((part) => !isSameValue(left[part], right[part]));
}

/** The content of a tuple. Configs may also name the caller, so only keys are taken from them. */
function partsOf(tuple: CheckpointTuple | undefined): Readonly<Record<string, unknown>> {
  const {
    channel_values: values,
    channel_versions: versions,
    ...content
  } = tuple?.checkpoint ?? { channel_values: {}, channel_versions: {} };
  return {
    key: keyOf(tuple?.config),
    parent: keyOf(tuple?.parentConfig),
    content,
    values: Object.fromEntries(
      Object.entries(values).map(([channel, value]) => [channel, plain(value)]),
    ),
    versions,
    metadata: tuple?.metadata,
    'pending writes': byTask(
      (tuple?.pendingWrites ?? []).map(([task, channel, value]) => [task, channel, plain(value)]),
    ),
  };
}

function keyOf(config: CheckpointTuple['parentConfig']): unknown {
  const { thread_id, checkpoint_ns = '', checkpoint_id } = config?.configurable ?? {};
  return config && [thread_id, checkpoint_ns, checkpoint_id].map(String);
}

/** Tasks run in parallel: only the order within each of them matters. */
function byTask(
  writes: readonly (readonly [string, string, unknown])[],
): readonly (readonly [string, string, unknown])[] {
  return writes.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Converts a driver's own kind of bytes. */
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? new Uint8Array(value) : value;
}
