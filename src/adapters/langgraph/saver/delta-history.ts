import type { CheckpointPendingWrite, DeltaChannelHistory } from '@langchain/langgraph-checkpoint';
import { compareUtf8 } from '../../../shared/bytes.ts';
import type { StoredCheckpoint } from '../../../store/index.ts';
import type { SaverThread } from './saver-thread.ts';
import type { ValueCodec } from './value-codec.ts';

/** The number of checkpoints read in one step on the way to the root. */
const stepMax = 50;

/**
 * The writes of each channel's ancestors, back to the nearest one that holds its value. Ancestors
 * are read in steps, with the values of only those channels that are still searched for.
 */
export async function readDeltaHistory(
  codec: ValueCodec,
  thread: SaverThread,
  from: { readonly namespace: string; readonly id: string },
  channels: readonly string[],
): Promise<Map<string, DeltaChannelHistory>> {
  const found = new Map(channels.map((channel) => [channel, new ChannelHistory(channel)]));
  let id = from.id;
  for (;;) {
    const open = [...found.values()].filter(({ isSeeded }) => !isSeeded);
    if (open.length === 0) break;
    const ancestors = await thread.api.ancestors(thread.key, { ...from, id }, stepMax);
    const wanted = { channels: open.map(({ channel }) => channel) };
    for (const stored of await thread.api.load(thread.key, ancestors, wanted)) {
      for (const history of open) await history.visit(codec, thread, stored);
    }
    if (ancestors.length < stepMax) break;
    id = ancestors.at(-1)!.id; // there are as many as requested
  }
  return new Map([...found].map(([channel, history]) => [channel, history.toResult()]));
}

class ChannelHistory {
  readonly channel: string;
  /** From the newest to the oldest. */
  readonly #writes: CheckpointPendingWrite[] = [];
  #seed: readonly [value: unknown] | undefined;

  constructor(channel: string) {
    this.channel = channel;
  }

  get isSeeded(): boolean {
    return this.#seed !== undefined;
  }

  /** Adds the next older ancestor. Its value is from before its writes. */
  async visit(codec: ValueCodec, thread: SaverThread, stored: StoredCheckpoint): Promise<void> {
    if (this.isSeeded) return;
    const writes = stored.writes
      .filter(({ channel }) => channel === this.channel)
      .toSorted((a, b) => compareUtf8(a.taskId, b.taskId)); // keeps the order within a task
    for (const { taskId, channel, value } of writes.toReversed()) {
      this.#writes.push([taskId, channel, await codec.unpack(value)]);
    }
    const held = stored.channels.find(([channel]) => channel === this.channel);
    if (held === undefined) return;
    const seed = await codec.decode(thread, {
      channel: this.channel,
      value: held[1],
      epoch: stored.epoch,
    });
    if (seed !== undefined) this.#seed = [seed];
  }

  toResult(): DeltaChannelHistory {
    return {
      writes: this.#writes.toReversed(),
      ...(this.#seed && { seed: this.#seed[0] }),
    };
  }
}
