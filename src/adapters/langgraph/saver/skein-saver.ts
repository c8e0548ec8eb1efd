import {
  BaseCheckpointSaver,
  getCheckpointId,
  maxChannelVersion,
  TASKS,
  WRITES_IDX_MAP,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  type DeltaChannelHistory,
  type PendingWrite,
  type SerializerProtocol,
} from '@langchain/langgraph-checkpoint';
import type { RunnableConfig } from '@langchain/core/runnables';
import type { StoredCheckpoint } from '../../../store/index.ts';
import {
  configOf,
  decodeCheckpoint,
  encodeCheckpoint,
  type CheckpointInput,
} from './checkpoint-codec.ts';
import { readDeltaHistory } from './delta-history.ts';
import { listThreadCheckpoints } from './list-checkpoints.ts';
import { pruneThreads, type PruneOptions, type PruneResult } from './prune-threads.ts';
import { SaverCaller, type SaverHome } from './saver-caller.ts';
import { channelName } from './serializing-loss.ts';
import { findThread, mustThread, namespaceOf, type SaverThread } from './saver-thread.ts';
import { ValueCodec } from './value-codec.ts';
import { WritesUnderWay } from './writes-under-way.ts';

export interface SkeinSaverOptions extends SaverHome {
  /** Default: LangGraph's own. Its output is stored unchanged. */
  readonly serde?: SerializerProtocol;
  /**
   * The channel whose messages are shown as items of the thread; `false` for none. Default
   * `messages`.
   */
  readonly messagesChannel?: string | false;
  /**
   * Whether people still see messages that the graph removes, for instance to put a summary in
   * their place (`REMOVE_ALL_MESSAGES`). The graph's state is the same. Default false: their items
   * are archived.
   */
  readonly keepRemovedMessages?: boolean;
}

/**
 * Keeps the checkpoints of LangGraph graphs in a Skein store. Every LangGraph thread is a thread of
 * the store, owned by `configurable.userId` or `user_id`, with its messages as items.
 *
 * @example
 * const saver = new SkeinSaver({ store });
 * const graph = builder.compile({ checkpointer: saver });
 * await graph.invoke({ messages }, { configurable: { thread_id: '1', userId: 'ada' } });
 */
export class SkeinSaver extends BaseCheckpointSaver {
  readonly #caller: SaverCaller;
  readonly #codec: ValueCodec;
  readonly #underWay = new WritesUnderWay();
  /** Where its threads are kept, for `createThreadService`. */
  readonly home: SaverHome;

  constructor(options: SkeinSaverOptions) {
    const { serde, messagesChannel = 'messages', keepRemovedMessages = false, ...home } = options;
    super(serde);
    this.home = home;
    this.#caller = new SaverCaller(home);
    this.#codec = new ValueCodec(this.serde, {
      isDefault: serde === undefined,
      messagesChannel,
      keepRemovedMessages,
    });
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const thread = findThread(this.#caller, config);
    if (thread === undefined) return undefined;
    const id = getCheckpointId(config);
    const at = { namespace: namespaceOf(config), ...(id !== '' && { id }) };
    await this.#underWay.settled(thread.key);
    const stored = await thread.api.get(thread.key, at);
    return stored && this.#toTuple(thread, stored, true);
  }

  override async *list(
    config: RunnableConfig,
    options: CheckpointListOptions = {},
  ): AsyncGenerator<CheckpointTuple> {
    const { limit } = options;
    let left = limit === undefined ? Number.POSITIVE_INFINITY : limit;
    if (left <= 0) return;
    await this.#underWay.settled(findThread(this.#caller, config)?.key);
    for await (const { thread, stored } of listThreadCheckpoints(
      this.#caller,
      this.#codec,
      config,
      options,
    )) {
      yield await this.#toTuple(thread, stored, false);
      if (--left <= 0) return;
    }
  }

  /**
   * Stores the values of the channels in `newVersions`, or of all channels without it.
   *
   * Throws `invalid_request` for a value that the serializer cannot represent, such as a BigInt.
   */
  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions?: ChannelVersions,
  ): Promise<RunnableConfig> {
    const thread = mustThread(this.#caller, config, 'put a checkpoint');
    const id = getCheckpointId(config);
    const namespace = namespaceOf(config);
    const parentId = id === '' ? undefined : id;
    const input: CheckpointInput = { namespace, parentId, checkpoint, metadata, newVersions };
    await this.#underWay.track(thread.key, this.#put(thread, input));
    return configOf(thread, namespace, checkpoint.id);
  }

  async #put(thread: SaverThread, input: CheckpointInput): Promise<void> {
    let encoded = await encodeCheckpoint(this.#codec, thread, input);
    let outcome = await thread.api.put(thread.key, encoded.put, thread.writeOptions);
    if (outcome.status === 'resend') {
      encoded = await encoded.toWhole();
      outcome = await thread.api.put(thread.key, encoded.put, thread.writeOptions);
    }
    if (outcome.status === 'resend') {
      throw new TypeError('A checkpoint with all its values was refused.');
    }
    encoded.learn(outcome.ids, outcome.epoch);
  }

  override async putWrites(
    config: RunnableConfig,
    writes: PendingWrite[],
    taskId: string,
  ): Promise<void> {
    const thread = mustThread(this.#caller, config, 'put writes');
    const id = getCheckpointId(config);
    if (id === '') {
      throw new TypeError(
        'Failed to put writes: the config has no "checkpoint_id" in its "configurable".',
      );
    }
    const at = { namespace: namespaceOf(config), id };
    await this.#underWay.track(thread.key, this.#putWrites(thread, at, writes, taskId));
  }

  async #putWrites(
    { api, key, writeOptions }: SaverThread,
    at: { readonly namespace: string; readonly id: string },
    writes: readonly PendingWrite[],
    taskId: string,
  ): Promise<void> {
    const packed = await Promise.all(
      writes.map(async ([channel, value], i) => ({
        taskId,
        index: Object.hasOwn(WRITES_IDX_MAP, channel) ? WRITES_IDX_MAP[channel]! : i,
        channel,
        value: await this.#codec.pack(value, channelName(channel)),
      })),
    );
    await api.putWrites(key, at, packed, writeOptions);
  }

  override async deleteThread(threadId: string): Promise<void> {
    await this.#caller.deleteThread(threadId);
  }

  /**
   * Creates a thread that continues from where another one is. However long that one is, only the
   * messages shown as items are copied: the two share their checkpoints until one of them is
   * deleted. The copy has the owner of the source.
   *
   * Throws `not_found` if the source has no checkpoints, and `conflict` if a thread with the
   * target's id exists or existed.
   */
  async copyThread(sourceThreadId: string, targetThreadId: string): Promise<void> {
    const { messages } = this.#codec;
    await this.#caller.copyThread(sourceThreadId, targetThreadId, {
      ...(messages && { messages }),
    });
  }

  /**
   * Deletes old checkpoints of one thread, of many, or of all threads of a user. Keeps what a
   * thread needs to continue: the end of every branch of each namespace with its pending writes and
   * interrupts, and the ancestors from which delta channels are made. Also keeps what copies of a
   * thread share with it. Skips missing threads.
   *
   * @example
   * const { reclaimedBytes } = await saver.prune({ keepLast: 10, threadId: 'support-42' });
   */
  async prune(options: PruneOptions): Promise<PruneResult> {
    return pruneThreads(this.#caller, this.#codec, options);
  }

  override async getDeltaChannelHistory({
    config,
    channels,
  }: {
    config: RunnableConfig;
    channels: string[];
  }): Promise<Record<string, DeltaChannelHistory>> {
    const thread = findThread(this.#caller, config);
    const namespace = namespaceOf(config);
    await this.#underWay.settled(thread?.key);
    const id = getCheckpointId(config) || (thread && (await this.#newestId(thread, namespace)));
    if (thread === undefined || id === undefined) {
      return Object.fromEntries(channels.map((channel) => [channel, { writes: [] }]));
    }
    const at = { namespace, id };
    return Object.fromEntries(await readDeltaHistory(this.#codec, thread, at, channels));
  }

  async #newestId({ api, key }: SaverThread, namespace: string): Promise<string | undefined> {
    const { data } = await api.list(key, { namespace, limit: 1 });
    return data[0]?.id;
  }

  async #toTuple(
    thread: SaverThread,
    stored: StoredCheckpoint,
    isLearning: boolean,
  ): Promise<CheckpointTuple> {
    const tuple = await decodeCheckpoint(this.#codec, thread, stored, isLearning);
    if (tuple.checkpoint.v < 4 && stored.parentId !== undefined) {
      await this.#addPendingSends(thread, tuple.checkpoint, stored.namespace, stored.parentId);
    }
    return tuple;
  }

  /**
   * Before format 4, the sends of a step were kept only as writes on top of the previous
   * checkpoint.
   */
  async #addPendingSends(
    { api, key }: SaverThread,
    checkpoint: Checkpoint,
    namespace: string,
    parentId: string,
  ): Promise<void> {
    const parent = await api.get(key, { namespace, id: parentId });
    // If the parent is gone, only the checkpoint's own content is known.
    if (parent === undefined) return;
    const sends = parent.writes.filter(({ channel }) => channel === TASKS);
    checkpoint.channel_values[TASKS] = await Promise.all(
      sends.map(({ value }) => this.#codec.unpack(value)),
    );
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }
}
