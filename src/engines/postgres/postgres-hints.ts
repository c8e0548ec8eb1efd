import { randomUUID } from 'node:crypto';
import type { Key } from '../../engine/engine.ts';
import { sleep } from '../../shared/backoff.ts';
import type { PlannedCommit } from '../sql/planned-commit.ts';
import type { SqlTable } from '../sql/sql-table.ts';
import type { PostgresConnections } from './postgres-connections.ts';

/**
 * Hints between the processes of one schema, by NOTIFY. A message is JSON: the sending process and
 * the partitions that it has written. `listenForHints` is the other end.
 *
 * Hints are sent after a commit and not with it: the server serialises the commits of transactions
 * that notify, in the whole database. If a process dies in between, its last hints are lost, and
 * readers find the changes by polling; hints may be lost.
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
      for (const partition of partitionsOf(commit)) this.addKey(partition);
    }
  }

  addKey(key: Key): void {
    this.#waiting.set(JSON.stringify(key), key);
    this.#sending ??= this.#send();
  }

  /** Waits for the hints that are being sent. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#sending;
  }

  /** Hints of one turn of the event loop go together; under load, those of a longer interval. */
  #pause(): Promise<void> {
    const waitMs = this.#lastMs + intervalMs - performance.now();
    if (waitMs > 0 && !this.#isEnding) return sleep(waitMs);
    return new Promise((resolve) => setImmediate(resolve));
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
      // They were only hints: readers poll, and the next commit tries again.
      this.#waiting.clear();
    } finally {
      this.#sending = undefined;
    }
  }
}

/** A transaction that notifies leaves a record in the log; no caller needs to wait for its sync. */
const notifyStatement =
  "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, m) FROM unnest($2::text[]) AS m";

/** The interval between messages of a busy process. */
const intervalMs = 20;

export function channelOf(schema: string): string {
  return `skein_${schema}`;
}

/**
 * The partitions that a commit's conditions name, or without conditions the ones that it writes.
 */
function partitionsOf({ expects, changes }: PlannedCommit): Key[] {
  const rows = expects.length > 0 ? expects.slice(0, 1) : [...changes.values()];
  return rows.map(({ table, key }) => partitionOf(table, key));
}

function partitionOf({ table }: SqlTable, key: Key): Key {
  return key.slice(0, table.partition);
}

/** The payload of NOTIFY must be shorter than 8,000 bytes. */
const messageBytesMax = 7500;

/**
 * Messages that together name these partitions, given as JSON. A partition that is too long becomes
 * a hint at anything.
 */
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
