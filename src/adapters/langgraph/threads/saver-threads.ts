import type { BaseCheckpointSaver, CheckpointTuple } from '@langchain/langgraph-checkpoint';
import type { Message, WireThreadMetadata } from '../../../api/operations/thread-metadata.ts';
import {
  lastMessageFields,
  metadataPreview,
  threadMetadataPageSizeDefault,
  metadataTitle,
  defaultMetadataTitle,
  isUuid,
  messagesPageSizeDefault,
  mustUuid,
} from '../../../protocol/thread-metadata.ts';
import { invalid, notFound } from '../../../shared/error.ts';
import { readMessageFields, type MessageFields } from './message-fields.ts';
import type { ThreadService } from './thread-service.ts';
import { calendarTime } from '../message-time.ts';

export interface SaverThreadsOptions {
  /**
   * Returns the ids of a user's threads, which a saver cannot list. Without it, `listThreads`
   * throws `TypeError`.
   */
  readonly discover?: (userId: string) => AsyncIterable<string> | Iterable<string>;
  /** The messages of a state. Default: the channel `messages`. */
  readonly messagesOf?: (tuple: CheckpointTuple) => unknown;
  /** The most threads examined for one list. Default 1,000. */
  readonly threadsMax?: number;
  /** The most checkpoints of a thread examined for its times, newest first. Default 10,000. */
  readonly checkpointsMax?: number;
}

/**
 * The thread service on a saver that is not Skein's. A saver has no list of threads and no
 * summaries, so a list loads the newest state of every discovered thread, and walks the history of
 * the threads that it shows.
 */
export function createSaverThreads(
  saver: BaseCheckpointSaver<string | number>,
  settings: SaverThreadsOptions,
): ThreadService {
  const source: Source = {
    saver,
    discover: settings.discover,
    messagesOf: settings.messagesOf ?? (({ checkpoint }) => checkpoint.channel_values.messages),
    threadsMax: settings.threadsMax ?? 1000,
    checkpointsMax: settings.checkpointsMax ?? 10_000,
  };
  return {
    async listThreads(userId, { limit = threadMetadataPageSizeDefault, after } = {}) {
      const user = mustUuid(userId, 'userId');
      mustLimit(limit);
      const found = await findThreads(source, user);
      const start = after === undefined ? 0 : startAfter(found, after);
      const page = found.slice(start, start + limit);
      const threads: WireThreadMetadata[] = [];
      for (const thread of page) threads.push(await describeThread(source, user, thread));
      const last = page.at(-1);
      const hasMore = last !== undefined && start + limit < found.length;
      return { threads, total: found.length, nextCursor: hasMore ? cursorOf(last) : null };
    },

    async getHistory(threadId, options = {}) {
      const { limit = messagesPageSizeDefault, after, userId } = options;
      const id = mustUuid(threadId, 'threadId');
      mustLimit(limit);
      if (userId !== undefined) await mustBeOf(source, mustUuid(userId, 'userId'), id);
      const tuple = await newestOf(source, id);
      if (tuple === undefined) throw notFound('The thread');
      // A saver that is not Skein's knows nothing private.
      if (options.private === true) return { threadId: id, messages: [], nextCursor: null };
      const messages = await messagesWithTimes(source, id, tuple);
      const start = after === undefined ? 0 : messages.findIndex((one) => one.id === after) + 1;
      if (after !== undefined && start === 0)
        throw invalid('after', 'is not a message of this thread');
      const page = messages.slice(start, start + limit);
      const hasMore = start + limit < messages.length;
      return { threadId: id, messages: page, nextCursor: hasMore ? page.at(-1)!.id : null };
    },
  };
}

interface Source {
  readonly saver: BaseCheckpointSaver<string | number>;
  readonly discover: SaverThreadsOptions['discover'];
  readonly messagesOf: (tuple: CheckpointTuple) => unknown;
  readonly threadsMax: number;
  readonly checkpointsMax: number;
}

/** The facts of a thread from its newest state. States are not kept: a list may examine many. */
interface FoundThread {
  readonly threadId: string;
  readonly updatedAt: string;
  readonly entry: Pick<
    WireThreadMetadata,
    'title' | 'lastMessage' | 'lastMessageRole' | 'messageCount'
  >;
}

function mustLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return;
  throw invalid('limit', 'must be a whole number from 1 to 1000');
}

async function* discoveredOf(source: Source, userId: string): AsyncGenerator<string> {
  if (source.discover === undefined) {
    throw new TypeError('A saver cannot tell who owns its threads: pass the option `discover`.');
  }
  const seen = new Set<string>();
  for await (const threadId of source.discover(userId)) {
    if (seen.has(threadId) || !isUuid(threadId)) continue;
    seen.add(threadId);
    yield threadId;
    if (seen.size >= source.threadsMax) return;
  }
}

/** Most recent first; ties by descending id. */
async function findThreads(source: Source, userId: string): Promise<FoundThread[]> {
  const found: FoundThread[] = [];
  for await (const threadId of discoveredOf(source, userId)) {
    const tuple = await newestOf(source, threadId);
    if (tuple === undefined) continue;
    const updatedAt = timeOfTuple(tuple) ?? unknownTime;
    found.push({ threadId, updatedAt, entry: entryOf(source, tuple) });
  }
  return found.toSorted(compareFound);
}

function compareFound(a: Position, b: Position): number {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? 1 : -1;
  return a.threadId < b.threadId ? 1 : a.threadId > b.threadId ? -1 : 0;
}

type Position = Pick<FoundThread, 'updatedAt' | 'threadId'>;

/** The position of a thread in its list: `<updatedAt>,<threadId>`. */
function cursorOf({ updatedAt, threadId }: Position): string {
  return `${updatedAt},${threadId}`;
}

function startAfter(found: readonly FoundThread[], cursor: string): number {
  const [updatedAt = '', threadId = '', ...rest] = cursor.split(',');
  if (rest.length > 0 || !isUuid(threadId) || Number.isNaN(Date.parse(updatedAt))) {
    throw invalid('after', 'is not a cursor');
  }
  const start = found.findIndex((thread) => compareFound(thread, { updatedAt, threadId }) > 0);
  return start < 0 ? found.length : start;
}

async function mustBeOf(source: Source, userId: string, threadId: string): Promise<void> {
  for await (const id of discoveredOf(source, userId)) if (id === threadId) return;
  throw notFound('The thread');
}

function newestOf({ saver }: Source, threadId: string): Promise<CheckpointTuple | undefined> {
  return saver.getTuple(rootOf(threadId));
}

function rootOf(threadId: string): { configurable: Record<string, string> } {
  return { configurable: { thread_id: threadId, checkpoint_ns: '' } };
}

/** The time of a checkpoint; `undefined` if it has no valid one. */
function timeOfTuple({ checkpoint }: CheckpointTuple): string | undefined {
  const timeMs = calendarTime(Date.parse(checkpoint.ts));
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
}

/** Used if nothing has a time. */
const unknownTime = new Date(0).toISOString();

function entryOf(source: Source, tuple: CheckpointTuple): FoundThread['entry'] {
  const messages = fieldsOf(source, tuple);
  const last = messages.at(-1);
  return {
    title: titleOf(messages),
    ...lastMessageFields(last && metadataPreview(last.words), last?.role),
    messageCount: messages.length,
  };
}

/** The title from the user's first message that has words. */
function titleOf(messages: readonly MessageFields[]): string {
  for (const { role, words } of messages) {
    const title = role === 'user' ? metadataTitle(words) : defaultMetadataTitle;
    if (title !== defaultMetadataTitle) return title;
  }
  return defaultMetadataTitle;
}

function fieldsOf(source: Source, tuple: CheckpointTuple): MessageFields[] {
  const messages = source.messagesOf(tuple);
  if (!Array.isArray(messages)) return [];
  return messages.flatMap((message: unknown) => readMessageFields(message) ?? []);
}

async function describeThread(
  source: Source,
  userId: string,
  { threadId, updatedAt, entry }: FoundThread,
): Promise<WireThreadMetadata> {
  let first: string | undefined;
  for await (const tuple of walkHistory(source, threadId)) {
    const time = timeOfTuple(tuple);
    if (time !== undefined && (first === undefined || time < first)) first = time;
  }
  const createdAt = first ?? updatedAt;
  return { threadId, userId, ...entry, createdAt, updatedAt, isEmpty: entry.messageCount === 0 };
}

/**
 * The messages of the newest state, each with its own time, or that of the first checkpoint that
 * held it.
 */
async function messagesWithTimes(
  source: Source,
  threadId: string,
  newest: CheckpointTuple,
): Promise<Message[]> {
  const named = withNames(fieldsOf(source, newest));
  const times = new Map<string, string>();
  const unsettled = new Set<string>();
  for (const [name, { timeMs }] of named) {
    const time = timeMs === undefined ? timeOfTuple(newest) : new Date(timeMs).toISOString();
    times.set(name, time ?? unknownTime);
    if (timeMs === undefined) unsettled.add(name);
  }
  if (unsettled.size > 0) {
    for await (const tuple of walkHistory(source, threadId)) {
      const held = withNames(fieldsOf(source, tuple));
      const time = timeOfTuple(tuple);
      for (const name of unsettled) {
        if (time !== undefined && held.has(name)) times.set(name, time);
      }
    }
  }
  return [...named].map(([name, { role, content }]) => ({
    id: name,
    role,
    content,
    timestamp: times.get(name)!, // the loop above set each
  }));
}

/**
 * Messages under their ids. A message without an id is named by its position, which stays while the
 * list only grows.
 */
function withNames(messages: readonly MessageFields[]): Map<string, MessageFields> {
  return new Map(messages.map((message, i) => [message.id ?? `message-${i}`, message]));
}

/** Checkpoints read at once: a state may be large. */
const pageSize = 50;

/** The checkpoints of a thread's root graph, newest first, up to the limit. */
async function* walkHistory(
  { saver, checkpointsMax }: Source,
  threadId: string,
): AsyncGenerator<CheckpointTuple> {
  let before: CheckpointTuple['config'] | undefined;
  for (let seen = 0; seen < checkpointsMax;) {
    const limit = Math.min(pageSize, checkpointsMax - seen);
    let inPage = 0;
    for await (const tuple of saver.list(rootOf(threadId), { limit, ...(before && { before }) })) {
      yield tuple;
      before = tuple.config;
      inPage++;
    }
    seen += inPage;
    if (inPage < limit) return;
  }
}
