import type { RunnableConfig } from '@langchain/core/runnables';
import type { CheckpointsApi, CheckpointWriteOptions } from '../../../store/index.ts';
import { namedUsers, type Configurable, type SaverCaller } from './saver-caller.ts';
import { isHashedKey, toThreadKey } from './thread-key.ts';

/** A LangGraph thread as one call of a saver sees it. */
export interface SaverThread {
  readonly threadId: string;
  /** The store's id of the thread. */
  readonly key: string;
  readonly api: CheckpointsApi;
  readonly writeOptions: CheckpointWriteOptions;
  /** The beginning of configs of this thread, including the caller if the config named one. */
  readonly configurable: Configurable;
}

/** The thread of a config; `undefined` if it names none. */
export function findThread(caller: SaverCaller, config: RunnableConfig): SaverThread | undefined {
  const given: unknown = config.configurable?.thread_id;
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'string' && typeof given !== 'number') {
    throw new TypeError('configurable.thread_id must be a string.');
  }
  return threadOf(caller, config, String(given));
}

export function mustThread(caller: SaverCaller, config: RunnableConfig, what: string): SaverThread {
  const thread = findThread(caller, config);
  if (thread !== undefined) return thread;
  throw new TypeError(
    `Failed to ${what}: the config has no "thread_id" in its "configurable". ` +
      'Pass one, as in graph.invoke(input, { configurable: { thread_id: "1" } }).',
  );
}

export function threadOf(
  caller: SaverCaller,
  config: RunnableConfig,
  threadId: string,
): SaverThread {
  const { configurable } = config;
  const key = toThreadKey(threadId);
  return {
    threadId,
    key,
    api: caller.of(configurable).checkpoints,
    writeOptions: { ...caller.writeOptions, ...(isHashedKey(key) && { origin: threadId }) },
    configurable: {
      thread_id: threadId,
      // A config taken from a tuple, as for time travel, keeps its user.
      ...Object.fromEntries(namedUsers(configurable)),
    },
  };
}

export function namespaceOf(config: RunnableConfig): string {
  const namespace: unknown = config.configurable?.checkpoint_ns;
  return typeof namespace === 'string' ? namespace : '';
}
