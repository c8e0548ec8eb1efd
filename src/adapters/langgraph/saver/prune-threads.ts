import type { CheckpointMetadata } from '@langchain/langgraph-checkpoint';
import { SkeinError } from '../../../shared/error.ts';
import type {
  CheckpointEntry,
  CheckpointPruneOptions,
  CheckpointPruning,
  CheckpointTraits,
  StoreProjectApi,
} from '../../../store/index.ts';
import { decodeMetadata } from './checkpoint-codec.ts';
import type { SaverCaller } from './saver-caller.ts';
import { toThreadKey } from './thread-key.ts';
import type { ValueCodec } from './value-codec.ts';

/**
 * Exactly one of the first two options selects the checkpoints to keep; the others select the
 * threads. The end of every branch is always kept.
 */
export interface PruneOptions {
  /** The number of the newest checkpoints to keep in each namespace; at least 1. */
  readonly keepLast?: number;
  /**
   * Keeps the checkpoints made since then, and the newest of each namespace. A number is in
   * milliseconds since 1970.
   */
  readonly olderThan?: Date | number | string;
  /** One thread, or many. Default: all threads of the user. */
  readonly threadId?: string | readonly string[];
  /** The user whose threads are pruned if none are named. Default: the saver's own `userId`. */
  readonly userId?: string;
}

/** The totals of what was removed. */
export interface PruneResult extends CheckpointPruning {
  /** The number of threads examined. */
  readonly threads: number;
}

export async function pruneThreads(
  caller: SaverCaller,
  codec: ValueCodec,
  options: PruneOptions,
): Promise<PruneResult> {
  const pruneOptions: CheckpointPruneOptions = {
    ...boundOf(options),
    traitsOf: (entry) => traitsOf(codec, entry),
  };
  const sum = { threads: 0, checkpoints: 0, writes: 0, elements: 0, reclaimedBytes: 0 };
  for await (const [key, project] of threadsOf(caller, options)) {
    const pruned = await unlessGone(() => project.checkpoints.prune(key, pruneOptions));
    if (pruned === undefined) continue;
    sum.threads++;
    for (const name of ['checkpoints', 'writes', 'elements', 'reclaimedBytes'] as const) {
      sum[name] += pruned[name];
    }
  }
  return sum;
}

function boundOf({ keepLast, olderThan }: PruneOptions): CheckpointPruneOptions {
  if ((keepLast === undefined) === (olderThan === undefined)) {
    throw new TypeError('prune needs keepLast or olderThan, and not both.');
  }
  if (olderThan === undefined) {
    // One of the two is given.
    if (Number.isSafeInteger(keepLast) && keepLast! >= 1) return { keepLast: keepLast! };
    throw new TypeError('keepLast must be a whole number of at least 1.');
  }
  const madeSinceMs = new Date(olderThan).getTime();
  if (!Number.isFinite(madeSinceMs)) throw new TypeError('olderThan must be a time.');
  return { madeSinceMs };
}

async function* threadsOf(
  caller: SaverCaller,
  { threadId, userId }: PruneOptions,
): AsyncGenerator<readonly [key: string, project: StoreProjectApi]> {
  if (threadId === undefined) {
    const configurable = userId === undefined ? undefined : { userId };
    const project = caller.of(configurable);
    for await (const key of caller.listThreadKeys(configurable)) yield [key, project];
    return;
  }
  for (const id of typeof threadId === 'string' ? [threadId] : threadId) {
    const key = toThreadKey(id);
    const project = await unlessGone(() => caller.ownerOf(key));
    if (project !== undefined) yield [key, project];
  }
}

async function unlessGone<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** The facts of a checkpoint that show which ones belong together. */
async function traitsOf(codec: ValueCodec, entry: CheckpointEntry): Promise<CheckpointTraits> {
  const metadata = await decodeMetadata(codec, entry);
  const content = asObject(await codec.unpack(entry.content));
  const madeAtMs = typeof content.ts === 'string' ? Date.parse(content.ts) : Number.NaN;
  const rootId: unknown = metadata.parents?.[''];
  return {
    ...(Number.isFinite(madeAtMs) && { madeAtMs }),
    // A subgraph's namespace that names a task is never used again; any other one is continued.
    ...(typeof rootId === 'string' && entry.namespace.includes(':') && { rootId }),
    // Its pending tasks are kept as writes on top of its parent: see `SkeinSaver`.
    ...(typeof content.v === 'number' && content.v < 4 && { needsParent: true }),
    deltaChannels: deltaChannelsOf(metadata, asObject(content.versions_seen), entry),
  };
}

/**
 * The channels without a value in the checkpoint that may be derived from writes: those that
 * LangGraph marks as such, and to be safe all others that are neither its own nor named like a
 * node, which have no value for other reasons.
 */
function deltaChannelsOf(
  metadata: CheckpointMetadata,
  versionsSeen: Record<string, unknown>,
  { versions, values }: CheckpointEntry,
): string[] {
  const held = new Set(values.map(([channel]) => channel));
  const counted = Object.keys(asObject(metadata.counters_since_delta_snapshot));
  const silent = versions
    .map(([channel]) => channel)
    .filter((channel) => !internal.test(channel) && !Object.hasOwn(versionsSeen, channel));
  return [...new Set([...counted, ...silent])].filter((channel) => !held.has(channel));
}

const internal = /^__|:/;

function asObject(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null;
  return isObject ? (value as Record<string, unknown>) : {}; // any object can be read like this
}
