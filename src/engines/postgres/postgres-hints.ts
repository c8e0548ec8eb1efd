import { randomUUID } from 'node:crypto';
import type { Key, Scalar } from '../../engine/engine.ts';
import { quote } from '../sql/sql-dialect.ts';
import type { PlannedCommit } from '../sql/planned-commit.ts';
import type { SqlTable } from '../sql/sql-table.ts';
import type { PostgresConnections } from './postgres-connections.ts';

/**
 * Hints between the processes of one schema, by NOTIFY. A message is JSON: the process that it is from, and
 * the partitions that it has written.
 *
 * They are sent after a commit and not with it: the server lets transactions that notify commit only one at
 * a time, in the whole database. A process that dies in between leaves its last hints unsent, and whoever
 * reads goes on by looking; hints are allowed to be lost.
 */
export class HintSender {
  readonly origin: string = randomUUID();
  readonly #connections: PostgresConnections;
  readonly #channel: string;
  #waiting = new Map<string, Key>();
  #sending: Promise<void> | undefined;
  #lastMs = -Infinity;
  #isEnding = false;

  constructor(connections: PostgresConnections, schema: string) {
    this.#connections = connections;
    this.#channel = channelOf(schema);
  }

  add(commits: readonly PlannedCommit[]): void {
    for (const commit of commits) {
      for (const partition of partitionsOf(commit)) {
        this.#waiting.set(JSON.stringify(partition), partition);
      }
    }
    if (this.#waiting.size > 0) this.#sending ??= this.#send();
  }

  /** Waits for what is being sent. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#sending;
  }

  /** Those of one turn of the event loop go together; when writes come thick and fast, those of a while. */
  #pause(): Promise<void> {
    const waitMs = this.#lastMs + intervalMs - performance.now();
    return new Promise((resolve) => {
      if (waitMs > 0 && !this.#isEnding) setTimeout(resolve, waitMs);
      else setImmediate(resolve);
    });
  }

  async #send(): Promise<void> {
    try {
      while (this.#waiting.size > 0) {
        await this.#pause();
        const texts = [...this.#waiting.keys()];
        this.#waiting = new Map();
        this.#lastMs = performance.now();
        const messages = messagesOf(this.origin, texts);
        await this.#connections.use(({ run }) => {
          return run(notifyStatement, [this.#channel, messages], { isPrepared: true });
        });
      }
    } catch {
      // They were only hints: readers look by themselves, and the next commit tries again.
      this.#waiting.clear();
    } finally {
      this.#sending = undefined;
    }
  }
}

/** A transaction that notifies leaves a record in the log; nobody needs to wait for it to be synced. */
const notifyStatement =
  "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, m) FROM unnest($2::text[]) AS m";

/** A busy process hints at most so often. */
const intervalMs = 20;

export function channelOf(schema: string): string {
  return `skein_${schema}`;
}

/** The partitions that a commit's conditions speak of, or without conditions those that it writes. */
function partitionsOf({ expects, changes }: PlannedCommit): Key[] {
  const rows = expects.length > 0 ? expects.slice(0, 1) : [...changes.values()];
  return rows.map(({ table, key }) => partitionOf(table, key));
}

function partitionOf({ table }: SqlTable, key: Key): Key {
  return key.slice(0, table.partition);
}

/** NOTIFY takes less than 8,000 bytes. */
const messageBytesMax = 7500;

/** Messages that together name these partitions, which are JSON already. One too long becomes a hint at anything. */
function messagesOf(origin: string, partitions: readonly string[]): string[] {
  const messages: string[] = [];
  let part: string[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (part.length > 0) messages.push(`{"from":"${origin}","partitions":[${part.join(',')}]}`);
    part = [];
    bytes = 0;
  };
  for (const text of partitions) {
    const size = Buffer.byteLength(text) + 1;
    if (size > messageBytesMax) {
      messages.push(`{"from":"${origin}"}`);
      continue;
    }
    if (bytes + size > messageBytesMax) flush();
    part.push(text);
    bytes += size;
  }
  flush();
  return messages;
}

interface Message {
  readonly from: string;
  /** Left out: any may have moved. */
  readonly partitions?: readonly (readonly Scalar[])[];
}

/**
 * Listens on a connection of its own until the returned function is called. Whenever it has connected
 * anew, hints may have been missed: then it says so.
 */
export function listenForHints(
  connections: PostgresConnections,
  schema: string,
  ownOrigin: string,
  onHint: (partition: Key | undefined) => void,
): () => Promise<void> {
  const stopping = new AbortController();
  const onMessage = (payload: string): void => {
    const message = parseMessage(payload);
    if (message?.from === ownOrigin) return;
    if (message?.partitions === undefined) onHint(undefined);
    else for (const partition of message.partitions) onHint(partition);
  };
  const running = (async () => {
    for (let failures = 0; !stopping.signal.aborted;) {
      const hasConnected = await listenOnce(
        connections,
        schema,
        stopping.signal,
        onMessage,
        onHint,
      );
      failures = hasConnected ? 0 : failures + 1;
      await pause(Math.min(50 * 2 ** failures, pauseMsMax), stopping.signal);
    }
  })();
  return () => {
    stopping.abort();
    return running;
  };
}

const pauseMsMax = 2000;

/** Until the connection ends. Whether there was one. Never rejects. */
async function listenOnce(
  connections: PostgresConnections,
  schema: string,
  signal: AbortSignal,
  onMessage: (payload: string) => void,
  onHint: (partition: undefined) => void,
): Promise<boolean> {
  const client = connections.createClient();
  const ended = new Promise<void>((resolve) => {
    client.on('end', () => resolve());
    client.on('error', () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  client.on('notification', (notification) => onMessage(payloadOf(notification)));
  let hasConnected = false;
  try {
    await client.connect();
    await client.query(`LISTEN ${quote(channelOf(schema))}`);
    hasConnected = true;
    onHint(undefined);
    await ended;
    await client.end();
    return true;
  } catch {
    return hasConnected; // it is tried again, and meanwhile readers look by themselves
  }
}

function payloadOf(notification: unknown): string {
  const isObject = typeof notification === 'object' && notification !== null;
  return isObject && 'payload' in notification ? String(notification.payload) : '';
}

/** Anybody may notify on the channel; what is not a message of ours hints at anything. */
function parseMessage(payload: string): Message | undefined {
  try {
    const message = JSON.parse(payload) as Partial<Message> | null; // looked at below
    return typeof message?.from === 'string' && isList(message.partitions)
      ? (message as Message)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isList(partitions: unknown): boolean {
  return partitions === undefined || (Array.isArray(partitions) && partitions.every(Array.isArray));
}

function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, pauseMs);
    timer.unref();
    signal.addEventListener('abort', end, { once: true });
  });
}
