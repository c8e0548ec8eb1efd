import type { RunnableConfig } from '@langchain/core/runnables';
import { getCheckpointId, type CheckpointListOptions } from '@langchain/langgraph-checkpoint';
import { jsonEqual, type JsonValue } from '../../../shared/json.ts';
import type { CheckpointEntry, StoredCheckpoint } from '../../../store/index.ts';
import { decodeMetadata } from './checkpoint-codec.ts';
import type { SaverCaller } from './saver-caller.ts';
import { findThread, threadOf, type SaverThread } from './saver-thread.ts';
import { fromThreadKey } from './thread-key.ts';
import type { ValueCodec } from './value-codec.ts';

/** Checkpoints whose values are loaded together. */
const loadedMax = 10;
const pageMax = 100;

interface ListedCheckpoint {
  readonly thread: SaverThread;
  readonly stored: StoredCheckpoint;
}

/**
 * The checkpoints for a saver's `list`: those of the thread that the config names, by descending
 * id, or of all threads of the caller, thread by thread. Loads only those that pass the filter.
 */
export async function* listThreadCheckpoints(
  caller: SaverCaller,
  codec: ValueCodec,
  config: RunnableConfig,
  options: CheckpointListOptions,
): AsyncGenerator<ListedCheckpoint> {
  const named = findThread(caller, config);
  if (named !== undefined) return yield* listThread(codec, named, config, options);
  for await (const key of caller.listThreadKeys(config.configurable)) {
    const thread = threadOf(caller, config, fromThreadKey(key));
    yield* listThread(codec, { ...thread, key }, config, options);
  }
}

async function* listThread(
  codec: ValueCodec,
  thread: SaverThread,
  config: RunnableConfig,
  options: CheckpointListOptions,
): AsyncGenerator<ListedCheckpoint> {
  const { api, key } = thread;
  const namespace: unknown = config.configurable?.checkpoint_ns;
  const id = getCheckpointId(config);
  const before = options.before && getCheckpointId(options.before);
  const range = {
    ...(typeof namespace === 'string' && { namespace }),
    ...(id && { id }),
    ...(before && { before }),
  };
  const wanted = Object.entries(options.filter ?? {});
  // With a filter, the number of checkpoints to read is unknown.
  const limit = wanted.length > 0 ? pageMax : Math.min(options.limit ?? pageMax, pageMax);
  let after: Awaited<ReturnType<typeof api.list>>['next'] = null;
  do {
    const page = await api.list(key, { ...range, limit, ...(after && { after }) });
    const named = page.origin === undefined ? thread : renamed(thread, page.origin);
    const passed = await filter(codec, page.data, wanted);
    for (let i = 0; i < passed.length; i += loadedMax) {
      for (const stored of await api.load(key, passed.slice(i, i + loadedMax))) {
        yield { thread: named, stored };
      }
    }
    after = page.next;
  } while (after !== null);
}

/** A thread whose id cannot be derived from its key. */
function renamed(thread: SaverThread, threadId: string): SaverThread {
  const configurable = { ...thread.configurable, thread_id: threadId };
  return { ...thread, threadId, configurable };
}

async function filter(
  codec: ValueCodec,
  entries: readonly CheckpointEntry[],
  wanted: readonly (readonly [name: string, value: unknown])[],
): Promise<readonly CheckpointEntry[]> {
  if (wanted.length === 0) return entries;
  const passed: CheckpointEntry[] = [];
  for (const entry of entries) {
    const metadata = new Map<string, unknown>(Object.entries(await decodeMetadata(codec, entry)));
    const isMatch = wanted.every(([name, value]) => isSame(metadata.get(name), value));
    if (isMatch) passed.push(entry);
  }
  return passed;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  return jsonEqual(a as JsonValue, b as JsonValue); // metadata is JSON, or equal to no JSON
}
