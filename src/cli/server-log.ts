import type { Writable } from 'node:stream';
import type { Logger } from '../server/index.ts';
import { systemClock } from '../shared/clock.ts';

export interface ServerLog {
  readonly logger: Logger & { warn(object: object, message: string): void };
  /** Writes out buffered lines. False if their reader does not take them within a second. */
  close(): Promise<boolean>;
}

/**
 * Logs JSON lines without waiting: a slow reader must not slow down the server, nor one that has
 * gone away keep it from ending. pino's own destination tries to write to a broken pipe for ever
 * when the process ends.
 */
export async function createServerLog(level: string, stream: Writable): Promise<ServerLog> {
  const { pino } = await import('pino');
  const lines = new LogLines(stream);
  return { logger: pino({ level }, lines), close: () => lines.close() };
}

/** Hands the lines of one turn of the event loop to the stream together. */
class LogLines {
  readonly #stream: Writable;
  readonly #flushAtExit = (): void => this.#flush();
  #pending = '';
  #dropped = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
    process.once('exit', this.#flushAtExit);
  }

  write(line: string): void {
    if (this.#stream.writableLength > waitingMax) {
      this.#dropped++;
      return;
    }
    if (this.#pending === '') setImmediate(() => this.#flush());
    if (this.#dropped > 0) this.#tellDropped();
    this.#pending += line;
  }

  async close(): Promise<boolean> {
    process.off('exit', this.#flushAtExit);
    this.#flush();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), closeMaxMs);
    // Lines that no one can read any more are done with, too.
    this.#stream.write('', () => resolve(true));
    const isWritten = await promise;
    clearTimeout(timer);
    return isWritten;
  }

  #flush(): void {
    const text = this.#pending;
    this.#pending = '';
    if (text !== '') this.#stream.write(text);
  }

  #tellDropped(): void {
    const msg = `${this.#dropped} lines were dropped: the reader of the log was too slow.`;
    this.#dropped = 0;
    this.#pending += `${JSON.stringify({ level: 40, time: systemClock(), msg })}\n`;
  }
}

/** How much may wait for the reader, in characters, before lines are dropped. */
const waitingMax = 1024 * 1024;
const closeMaxMs = 1000;
