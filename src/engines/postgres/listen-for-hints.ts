import type { Key, Scalar } from '../../engine/engine.ts';
import { backoffMs, sleep, type Backoff } from '../../shared/backoff.ts';
import { quote } from '../sql/sql-dialect.ts';
import { inTime } from './in-time.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import type { PostgresClient } from './postgres-driver.ts';
import { channelOf } from './postgres-hints.ts';

type OnHint = (partition: Key | undefined) => void;

/**
 * Listens on its own connection until the returned function is called. Reports after every
 * reconnect that hints may have been missed.
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

/** Resolves when the connection ends, with whether there was one. Never rejects. */
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
    // The loop connects again; meanwhile readers poll.
  } finally {
    over.abort();
  }
  return hasConnected;
}

/**
 * Pings the server from time to time, until the signal aborts or an answer fails to arrive. The
 * engine sends nothing else on this connection, so its death could go unnoticed for hours.
 */
async function beat(
  connections: PostgresConnections,
  client: PostgresClient,
  signal: AbortSignal,
): Promise<void> {
  // While an answer is pending, this closes the connection at once.
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
 * The driver says goodbye, which on a dead connection can take minutes. It closes a connection with
 * a pending answer at once, so this sends a query first.
 */
async function close(client: PostgresClient, isConnected: boolean): Promise<void> {
  try {
    if (isConnected) await inTime(client.query('SELECT 1'), goodbyeMsMax);
  } finally {
    await inTime(client.end(), goodbyeMsMax);
  }
}

const goodbyeMsMax = 1000;

interface HintMessage {
  readonly from: string;
  /** Absent if any partition may have changed. */
  readonly partitions?: readonly (readonly Scalar[])[];
}

function payloadOf(notification: unknown): string {
  const isObject = typeof notification === 'object' && notification !== null;
  return isObject && 'payload' in notification ? String(notification.payload) : '';
}

/** Any client may notify on the channel; a message in another format hints at anything. */
function parseMessage(payload: string): HintMessage | undefined {
  try {
    const message = JSON.parse(payload) as Partial<HintMessage> | null; // checked below
    return typeof message?.from === 'string' && isList(message.partitions)
      ? (message as HintMessage)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isList(partitions: unknown): boolean {
  return partitions === undefined || (Array.isArray(partitions) && partitions.every(Array.isArray));
}
