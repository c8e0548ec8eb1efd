import type { Key, Scalar } from '../../engine/engine.ts';
import { backoffMs, sleep, type Backoff } from '../../shared/backoff.ts';
import { quote } from '../sql/sql-dialect.ts';
import { inTime } from './in-time.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import type { PostgresClient } from './postgres-driver.ts';
import { channelOf } from './postgres-hints.ts';

type OnHint = (partition: Key | undefined) => void;

/**
 * Listens on a connection of its own until the returned function is called. Whenever it has connected
 * anew, hints may have been missed: then it says so.
 */
export function listenForHints(
  connections: PostgresConnections,
  schema: string,
  ownOrigin: string,
  onHint: OnHint,
): () => Promise<void> {
  const stopping = new AbortController();
  const onPayload = (payload: string): void => {
    const message = parseMessage(payload);
    if (message?.from === ownOrigin) return;
    if (message?.partitions === undefined) onHint(undefined);
    else for (const partition of message.partitions) onHint(partition);
  };
  const listening = { connections, schema, onPayload, onConnected: () => onHint(undefined) };
  const running = (async () => {
    for (let failures = 0; !stopping.signal.aborted;) {
      const hasConnected = await listenOnce(listening, stopping.signal);
      failures = hasConnected ? 0 : failures + 1;
      await sleep(backoffMs(failures + 1, reconnection), stopping.signal, false);
    }
  })();
  return () => {
    stopping.abort();
    return running;
  };
}

const reconnection: Backoff = { firstMs: 50, maxMs: 2000 };

interface Listening {
  readonly connections: PostgresConnections;
  readonly schema: string;
  readonly onPayload: (payload: string) => void;
  readonly onConnected: () => void;
}

/** Until the connection ends. Whether there was one. Never rejects. */
async function listenOnce(listening: Listening, stopping: AbortSignal): Promise<boolean> {
  const { connections, schema, onPayload, onConnected } = listening;
  const over = new AbortController();
  let hasConnected = false;
  try {
    const client = connections.createClient();
    const end = (): void => over.abort();
    client.on('end', end);
    client.on('error', end);
    client.on('notification', (notification) => onPayload(payloadOf(notification)));
    stopping.addEventListener('abort', end, { signal: over.signal });
    try {
      await connections.inTime(client.connect());
      await connections.inTime(client.query(`LISTEN ${quote(channelOf(schema))}`));
      hasConnected = true;
      onConnected();
      if (!stopping.aborted) await beat(connections, client, over.signal);
    } finally {
      await close(client, hasConnected);
    }
  } catch {
    // It is tried again, and meanwhile readers look by themselves.
  } finally {
    over.abort();
  }
  return hasConnected;
}

/**
 * Asks now and then whether the server is still there, until the signal or until it does not answer.
 * Nothing else is said on this connection: it could be dead for hours without anybody knowing.
 */
async function beat(
  connections: PostgresConnections,
  client: PostgresClient,
  signal: AbortSignal,
): Promise<void> {
  // While an answer is owed, this ends it at once.
  const end = (): void => void client.end();
  for (;;) {
    await sleep(connections.answerTimeoutMs / 3, signal, false);
    if (signal.aborted) return;
    signal.addEventListener('abort', end);
    try {
      await connections.inTime(client.query('SELECT 1'));
    } finally {
      signal.removeEventListener('abort', end);
    }
  }
}

/**
 * The driver says goodbye, and to a dead connection that can take minutes. One that owes an answer it closes
 * at once: so it is asked something first.
 */
async function close(client: PostgresClient, isConnected: boolean): Promise<void> {
  try {
    if (isConnected) await inTime(client.query('SELECT 1'), goodbyeMsMax);
  } finally {
    await inTime(client.end(), goodbyeMsMax);
  }
}

const goodbyeMsMax = 1000;

interface Message {
  readonly from: string;
  /** Left out: any may have moved. */
  readonly partitions?: readonly (readonly Scalar[])[];
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
