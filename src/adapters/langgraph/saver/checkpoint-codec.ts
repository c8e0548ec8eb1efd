import {
  copyCheckpoint,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
} from '@langchain/langgraph-checkpoint';
import type {
  CheckpointEntry,
  CheckpointPut,
  NewValue,
  StoredCheckpoint,
} from '../../../store/index.ts';
import type { SaverThread } from './saver-thread.ts';
import type { EncodedValue, ValueCodec } from './value-codec.ts';
import { calendarTime } from '../message-time.ts';

/** A checkpoint as LangGraph passes it, and where it belongs. */
export interface CheckpointInput {
  readonly namespace: string;
  readonly parentId: string | undefined;
  readonly checkpoint: Checkpoint;
  readonly metadata: CheckpointMetadata;
  /** Without it, the values of all channels are stored. */
  readonly newVersions: ChannelVersions | undefined;
}

interface EncodedCheckpoint {
  readonly put: CheckpointPut;
  /** Call this with the store's answer. */
  readonly learn: (ids: ReadonlyMap<string, readonly number[]>, epoch: number) => void;
  /**
   * The same with the values of all channels, not only those in `newVersions`, and with whole
   * elements. Reuses what was serialized already, and serializes the rest only now.
   */
  readonly toWhole: () => Promise<EncodedCheckpoint>;
}

/**
 * Serializes a checkpoint. The serializer runs before this returns, since nodes keep changing the
 * values.
 */
export async function encodeCheckpoint(
  codec: ValueCodec,
  thread: SaverThread,
  input: CheckpointInput,
): Promise<EncodedCheckpoint> {
  const { namespace, parentId, metadata, newVersions } = input;
  const copy = copyCheckpoint(input.checkpoint);
  const { channel_values: values, channel_versions: versions, ...content } = copy;
  const channels = Object.keys(values);
  // A copy of another checkpoint has that one's values, whatever its parent has. An update has the
  // writes of tasks that were done before it, without new versions. A checkpoint that is put again,
  // because the step after it failed, may have what that step had done by then.
  const isAgain = parentId === copy.id;
  const isFull = isAgain || metadata.source === 'fork' || metadata.source === 'update';
  const isSent = (channel: string): boolean =>
    isFull || newVersions === undefined || Object.hasOwn(newVersions, channel);
  const sent = channels.filter(isSent);
  const encode = async (channel: string): Promise<[string, EncodedValue]> => {
    return [channel, await codec.encode(thread, channel, values[channel])];
  };
  const encoding = sent.map(encode);
  const epoch = codec.epochOf(thread);
  const [packedContent, packedMetadata, ...encoded] = await Promise.all([
    codec.pack(content, 'The checkpoint'),
    codec.pack(metadata, 'The metadata of the checkpoint'),
    ...encoding,
  ]);
  const madeAtMs = calendarTime(Date.parse(copy.ts));
  const base: Omit<CheckpointPut, 'values'> = {
    namespace,
    id: copy.id,
    ...(parentId !== undefined && { parentId }),
    content: packedContent,
    metadata: packedMetadata,
    versions: Object.entries(versions),
    channels,
    epoch,
    ...(codec.messages && { messages: codec.messages }),
    ...(madeAtMs !== undefined && { madeAtMs }),
  };
  return toEncoded(base, new Map(encoded), encode);
}

function toEncoded(
  base: Omit<CheckpointPut, 'values'>,
  encoded: ReadonlyMap<string, EncodedValue>,
  encode: (channel: string) => Promise<[string, EncodedValue]>,
): EncodedCheckpoint {
  const values = [...encoded].map(([channel, { value }]): [string, NewValue] => [channel, value]);
  return {
    put: { ...base, values: new Map(values) },
    learn: (ids, epoch) => {
      for (const [channel, { learn }] of encoded) learn?.(ids.get(channel) ?? [], epoch);
    },
    toWhole: async () => {
      const all = base.channels.map(async (channel): Promise<[string, EncodedValue]> => {
        const value = encoded.get(channel) ?? (await encode(channel))[1];
        return [channel, (await value.toWhole?.()) ?? value];
      });
      return toEncoded(base, new Map(await Promise.all(all)), encode);
    },
  };
}

/**
 * The tuple of a stored checkpoint, without the additions for older formats. `isLearning`: see
 * `ValueCodec.decode`.
 */
export async function decodeCheckpoint(
  codec: ValueCodec,
  thread: SaverThread,
  stored: StoredCheckpoint,
  isLearning: boolean,
): Promise<CheckpointTuple> {
  const { namespace, parentId } = stored;
  const [content, metadata, pendingWrites, values] = await Promise.all([
    codec.unpack(stored.content),
    decodeMetadata(codec, stored),
    Promise.all(
      stored.writes.map(async ({ taskId, channel, value }): Promise<CheckpointPendingWrite> => {
        return [taskId, channel, await codec.unpack(value)];
      }),
    ),
    Promise.all(
      stored.channels.map(async ([channel, value]): Promise<[string, unknown]> => {
        const of = { channel, value, epoch: stored.epoch };
        return [channel, await codec.decode(thread, of, isLearning)];
      }),
    ),
  ]);
  const checkpoint = {
    // EncodeCheckpoint packed it.
    ...(content as Omit<Checkpoint, 'channel_values' | 'channel_versions'>),
    channel_values: Object.fromEntries(values),
    channel_versions: Object.fromEntries(stored.versions),
  };
  return {
    config: configOf(thread, namespace, stored.id),
    checkpoint,
    metadata,
    ...(parentId !== undefined && { parentConfig: configOf(thread, namespace, parentId) }),
    pendingWrites,
  };
}

export async function decodeMetadata(
  codec: ValueCodec,
  { metadata }: Pick<CheckpointEntry, 'metadata'>,
): Promise<CheckpointMetadata> {
  return (await codec.unpack(metadata)) as CheckpointMetadata; // encodeCheckpoint packed it
}

export function configOf(
  { configurable }: SaverThread,
  namespace: string,
  checkpointId: string,
): CheckpointTuple['config'] {
  return {
    configurable: { ...configurable, checkpoint_ns: namespace, checkpoint_id: checkpointId },
  };
}
