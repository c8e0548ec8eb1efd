import type {
  ChannelVersions,
  CheckpointPendingWrite,
  CheckpointTuple,
} from '@langchain/langgraph-checkpoint';
import { notFound } from '../../../shared/error.ts';
import { namedUsers, SaverCaller } from '../saver/saver-caller.ts';
import { findThread } from '../saver/saver-thread.ts';
import type { SkeinSaver } from '../saver/skein-saver.ts';
import type { CheckpointSource, SourcePlace } from './checkpoint-source.ts';
import { reuseElements } from './reuse-elements.ts';
import { findDifferences } from './same-tuple.ts';
import { isSameValue } from './same-value.ts';
import { groupWrites } from './group-writes.ts';

export interface ThreadImport {
  readonly source: CheckpointSource;
  readonly target: SkeinSaver;
  readonly threadId: string;
  /** Whose the thread becomes; without it, whom its checkpoints name, and else whom the target names. */
  readonly userId: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called for every checkpoint when it is there, and again when it has been compared. */
  readonly onStep: (step: 'copied' | 'compared') => void;
}

export interface ThreadImportReport {
  readonly checkpoints: number;
  readonly checkpointsAdded: number;
  readonly writes: number;
  readonly mismatches: readonly CheckpointMismatch[];
}

/** A checkpoint that the two savers do not read as the same. */
export interface CheckpointMismatch extends SourcePlace {
  readonly threadId: string;
  readonly parts: readonly string[];
}

/**
 * Copies what the target lacks of a thread, then reads every checkpoint through both savers. Checkpoints go
 * in by rising ids, so parents come before what came from them and the newest comes last.
 */
export async function importThread(job: ThreadImport): Promise<ThreadImportReport> {
  const configurable = await callerOf(job);
  const present = await listPresent(job, configurable);
  const latest = new Map<string, CheckpointTuple>();
  let [checkpoints, checkpointsAdded, writes] = [0, 0, 0];
  for await (const place of eachCheckpoint(job)) {
    checkpoints++;
    const config = configOf(configurable, place);
    if (!present.has(keyOf(place))) {
      const found = await mustRead(job, place);
      const before = latest.get(place.namespace);
      const tuple = before === undefined ? found : reuseElements(found, before);
      await putTuple(job.target, config.configurable, tuple, before);
      latest.set(place.namespace, tuple);
      checkpointsAdded++;
    }
    // Also those of a checkpoint that was there: what was killed between the two left it without them.
    const found = await job.source.listWrites(job.threadId, place);
    for (const [taskId, list] of groupWrites(found)) {
      await job.target.putWrites(config, list, taskId);
    }
    writes += found.length;
    job.onStep('copied');
  }
  const mismatches: CheckpointMismatch[] = [];
  for await (const place of eachCheckpoint(job)) {
    const parts = await compare(job, place, configurable);
    if (parts.length > 0) mismatches.push({ threadId: job.threadId, ...place, parts });
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
  { namespace, id }: SourcePlace,
): { configurable: Configurable & { checkpoint_ns: string; checkpoint_id: string } } {
  return { configurable: { ...configurable, checkpoint_ns: namespace, checkpoint_id: id } };
}

function keyOf({ namespace, id }: SourcePlace): string {
  return JSON.stringify([namespace, id]);
}

async function* eachCheckpoint({
  source,
  threadId,
  signal,
}: ThreadImport): AsyncGenerator<SourcePlace> {
  let after: SourcePlace | undefined;
  do {
    const page = await source.listCheckpoints(threadId, after);
    for (const place of page) {
      signal?.throwIfAborted();
      yield place;
    }
    after = page.at(-1);
  } while (after !== undefined);
}

/** In whose name the thread is written: as given, else as its first checkpoint that names somebody does. */
async function callerOf(job: ThreadImport): Promise<Configurable> {
  const { threadId, userId } = job;
  if (userId !== undefined) return { thread_id: threadId, userId };
  for (const place of (await job.source.listCheckpoints(threadId)).slice(0, lookedAtMax)) {
    const named = userOf((await mustRead(job, place)).metadata);
    if (named !== undefined) return { thread_id: threadId, userId: named };
  }
  return { thread_id: threadId };
}

/** What names the user is given with every run, so it stands in the first checkpoints or in none. */
const lookedAtMax = 3;

function userOf(metadata: object | undefined): string | undefined {
  const { configurable } = (metadata ?? {}) as { configurable?: unknown }; // programs add what they like
  for (const holder of [metadata, configurable]) {
    if (typeof holder !== 'object' || holder === null) continue;
    const named = namedUsers({ ...holder })[0]?.[1];
    if (typeof named === 'string' || typeof named === 'number') return String(named);
  }
  return undefined;
}

/** The checkpoints that the target has already. */
async function listPresent(
  { target }: ThreadImport,
  configurable: Configurable,
): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  const thread = findThread(new SaverCaller(target.place), { configurable });
  let after: SourcePlace | null | undefined;
  while (thread !== undefined && after !== null) {
    const page = await thread.api.list(thread.key, { limit: 1000, ...(after && { after }) });
    for (const place of page.data) present.add(keyOf(place));
    after = page.next;
  }
  return present;
}

async function mustRead(
  { source, threadId }: ThreadImport,
  place: SourcePlace,
): Promise<CheckpointTuple> {
  const tuple = await source.saver.getTuple(configOf({ thread_id: threadId }, place));
  if (tuple !== undefined) return tuple;
  throw notFound(`The checkpoint ${place.id} of the thread ${threadId}`);
}

async function putTuple(
  target: SkeinSaver,
  place: ReturnType<typeof configOf>['configurable'],
  tuple: CheckpointTuple,
  before: CheckpointTuple | undefined,
): Promise<void> {
  const { checkpoint, metadata, parentConfig } = tuple;
  const { checkpoint_id: _, ...rest } = place;
  const parentId: unknown = parentConfig?.configurable?.checkpoint_id;
  const configurable = { ...rest, ...(parentId !== undefined && { checkpoint_id: parentId }) };
  const changes = changesOf(tuple, parentId === before?.checkpoint.id ? before : undefined);
  // Every saver writes metadata; the type allows none for the tests of savers.
  await target.put({ configurable }, checkpoint, metadata!, changes);
}

/**
 * The channels that a checkpoint does not have from the one that it came from. Versions alone do not say it:
 * the source keeps every value with its checkpoint, whatever their versions are.
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
  place: SourcePlace,
  configurable: Configurable,
): Promise<string[]> {
  const { source, target, threadId } = job;
  const [expected, writes, found] = await Promise.all([
    mustRead(job, place),
    source.listWrites(threadId, place),
    target.getTuple(configOf(configurable, place)),
  ]);
  // One of LangGraph's savers reads the bytes of writes as text, which loses some: the table has them all.
  const isText = writes.every(({ type }) => type === 'json');
  const pendingWrites = writes.map(({ taskId, channel, value }): CheckpointPendingWrite => [
    taskId,
    channel,
    value,
  ]);
  return findDifferences(isText ? expected : { ...expected, pendingWrites }, found);
}
