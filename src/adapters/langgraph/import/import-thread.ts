import type {
  ChannelVersions,
  CheckpointPendingWrite,
  CheckpointTuple,
} from '@langchain/langgraph-checkpoint';
import { notFound } from '../../../shared/error.ts';
import { namedUsers, SaverCaller } from '../saver/saver-caller.ts';
import { findThread } from '../saver/saver-thread.ts';
import type { SkeinSaver } from '../saver/skein-saver.ts';
import type { CheckpointSource, SourceKey } from './checkpoint-source.ts';
import { findDifferences } from './same-tuple.ts';
import { isSameValue } from './same-value.ts';
import { groupWrites } from './group-writes.ts';

interface ThreadImport {
  readonly source: CheckpointSource;
  readonly target: SkeinSaver;
  readonly threadId: string;
  /** The owner of the thread. Default: the user that its checkpoints name, or else the target's. */
  readonly userId: string | undefined;
  readonly signal: AbortSignal | undefined;
  /**
   * Called for every checkpoint when it exists in the target, and again when it has been compared.
   */
  readonly onStep: (step: 'copied' | 'compared') => void;
}

interface ThreadImportReport {
  readonly checkpoints: number;
  readonly checkpointsAdded: number;
  readonly writes: number;
  readonly mismatches: readonly CheckpointMismatch[];
}

/** A checkpoint that the two savers read differently. */
export interface CheckpointMismatch extends SourceKey {
  readonly threadId: string;
  readonly parts: readonly string[];
}

/**
 * Copies what the target lacks of a thread, then reads every checkpoint through both savers.
 * Checkpoints are put by rising ids, so parents come first and the newest comes last.
 */
export async function importThread(job: ThreadImport): Promise<ThreadImportReport> {
  const configurable = await callerOf(job);
  const present = await listPresent(job, configurable);
  const latest = new Map<string, CheckpointTuple>();
  let [checkpoints, checkpointsAdded, writes] = [0, 0, 0];
  for await (const key of eachCheckpoint(job)) {
    checkpoints++;
    const config = configOf(configurable, key);
    if (!present.has(keyOf(key))) {
      const found = await mustRead(job, key);
      const before = latest.get(key.namespace);
      const tuple = before === undefined ? found : reuseElements(found, before);
      await putTuple(job.target, config.configurable, tuple, before);
      latest.set(key.namespace, tuple);
      checkpointsAdded++;
    }
    // Also for an existing checkpoint: an import killed in between left it without its writes.
    const found = await job.source.listWrites(job.threadId, key);
    for (const [taskId, list] of groupWrites(found)) {
      await job.target.putWrites(config, list, taskId);
    }
    writes += found.length;
    job.onStep('copied');
  }
  const mismatches: CheckpointMismatch[] = [];
  for await (const key of eachCheckpoint(job)) {
    const parts = await compare(job, key, configurable);
    if (parts.length > 0) mismatches.push({ threadId: job.threadId, ...key, parts });
    job.onStep('compared');
  }
  return { checkpoints, checkpointsAdded, writes, mismatches };
}

interface Configurable {
  readonly thread_id: string;
  readonly userId?: string;
}

function configOf(
  configurable: Configurable,
  { namespace, id }: SourceKey,
): { configurable: Configurable & { checkpoint_ns: string; checkpoint_id: string } } {
  return { configurable: { ...configurable, checkpoint_ns: namespace, checkpoint_id: id } };
}

function keyOf({ namespace, id }: SourceKey): string {
  return JSON.stringify([namespace, id]);
}

async function* eachCheckpoint({
  source,
  threadId,
  signal,
}: ThreadImport): AsyncGenerator<SourceKey> {
  let after: SourceKey | undefined;
  do {
    const page = await source.listCheckpoints(threadId, after);
    for (const key of page) {
      signal?.throwIfAborted();
      yield key;
    }
    after = page.at(-1);
  } while (after !== undefined);
}

/**
 * The config of the thread's owner: as given, or else as the first checkpoint that names a user.
 */
async function callerOf(job: ThreadImport): Promise<Configurable> {
  const { threadId, userId } = job;
  if (userId !== undefined) return { thread_id: threadId, userId };
  for (const key of (await job.source.listCheckpoints(threadId)).slice(0, lookedAtMax)) {
    const named = userOf((await mustRead(job, key)).metadata);
    if (named !== undefined) return { thread_id: threadId, userId: named };
  }
  return { thread_id: threadId };
}

/** Every run names its user, so the first checkpoints do, or none does. */
const lookedAtMax = 3;

function userOf(metadata: object | undefined): string | undefined {
  // Programs add what they like.
  const { configurable } = (metadata ?? {}) as { configurable?: unknown };
  for (const holder of [metadata, configurable]) {
    if (typeof holder !== 'object' || holder === null) continue;
    const named = namedUsers({ ...holder })[0]?.[1];
    if (typeof named === 'string' || typeof named === 'number') return String(named);
  }
  return undefined;
}

/** The checkpoints that the target already has. */
async function listPresent(
  { target }: ThreadImport,
  configurable: Configurable,
): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  const thread = findThread(new SaverCaller(target.home), { configurable });
  let after: SourceKey | null | undefined;
  while (thread !== undefined && after !== null) {
    const page = await thread.api.list(thread.key, { limit: 1000, ...(after && { after }) });
    for (const key of page.data) present.add(keyOf(key));
    after = page.next;
  }
  return present;
}

async function mustRead(
  { source, threadId }: ThreadImport,
  key: SourceKey,
): Promise<CheckpointTuple> {
  const tuple = await source.saver.getTuple(configOf({ thread_id: threadId }, key));
  if (tuple !== undefined) return tuple;
  throw notFound(`The checkpoint ${key.id} of the thread ${threadId}`);
}

async function putTuple(
  target: SkeinSaver,
  key: ReturnType<typeof configOf>['configurable'],
  tuple: CheckpointTuple,
  before: CheckpointTuple | undefined,
): Promise<void> {
  const { checkpoint, metadata, parentConfig } = tuple;
  const { checkpoint_id: _, ...rest } = key;
  const parentId: unknown = parentConfig?.configurable?.checkpoint_id;
  const configurable = { ...rest, ...(parentId !== undefined && { checkpoint_id: parentId }) };
  const changes = changesOf(tuple, parentId === before?.checkpoint.id ? before : undefined);
  // Every saver writes metadata; the type allows none only for tests of savers.
  await target.put({ configurable }, checkpoint, metadata!, changes);
}

/**
 * The channels in which a checkpoint differs from its parent. Versions do not suffice: the source
 * keeps every value with its checkpoint, whatever their versions.
 */
function changesOf(
  { checkpoint }: CheckpointTuple,
  before: CheckpointTuple | undefined,
): ChannelVersions {
  const { channel_values: values, channel_versions: versions } = checkpoint;
  const old = before?.checkpoint;
  const changed = Object.keys(values).filter(
    (channel) =>
      old === undefined ||
      old.channel_versions[channel] !== versions[channel] ||
      !isSameValue(old.channel_values[channel], values[channel]),
  );
  return Object.fromEntries(changed.map((channel) => [channel, versions[channel] ?? 0]));
}

async function compare(
  job: ThreadImport,
  key: SourceKey,
  configurable: Configurable,
): Promise<string[]> {
  const { source, target, threadId } = job;
  const [expected, writes, found] = await Promise.all([
    mustRead(job, key),
    source.listWrites(threadId, key),
    target.getTuple(configOf(configurable, key)),
  ]);
  // One of LangGraph's savers reads the bytes of writes as text, which loses some; the table has
  // them all.
  const isText = writes.every(({ type }) => type === 'json');
  const pendingWrites = writes.map(({ taskId, channel, value }): CheckpointPendingWrite => [
    taskId,
    channel,
    value,
  ]);
  return findDifferences(isText ? expected : { ...expected, pendingWrites }, found);
}

/**
 * The tuple, with list elements replaced by the equal objects of `before`. The saver recognises
 * objects that it has stored, and neither serializes nor looks them up again. Otherwise every
 * checkpoint of a long thread would cost as much as all its messages.
 */
function reuseElements(tuple: CheckpointTuple, before: CheckpointTuple): CheckpointTuple {
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
