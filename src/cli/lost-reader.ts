import type { Writable } from 'node:stream';
import { isReaderLost, type Terminal } from './terminal.ts';

const outliving = new WeakSet<Writable>();

/**
 * In `skein threads | head -1` the reader closes the pipe early, which is not an error: the command
 * ends. Without a reader of its messages it goes on.
 */
export function endWithReader({ out, err }: Terminal): void {
  out.on('error', (error) => {
    if (!isReaderLost(error)) throw error;
    if (!outliving.has(out)) process.exit(0);
  });
  err.on('error', (error) => {
    if (!isReaderLost(error)) throw error;
  });
}

/** A server answers others, and goes on when the reader of what it prints goes away. */
export function outliveReader({ out }: Terminal): void {
  outliving.add(out);
}
