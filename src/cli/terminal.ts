import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { createColors, type Colors } from './format/colors.ts';

/** Where a command reads and writes. Data goes to `out`, messages go to `err`. */
export interface Terminal {
  readonly out: Writable;
  readonly err: Writable;
  readonly in: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether `out` is a terminal, so that colours and moving bars make sense. */
  readonly isOutTty: boolean;
  readonly isErrTty: boolean;
  readonly isInTty: boolean;
  /** The width of `out` in columns; for a pipe `COLUMNS` or 120. */
  readonly width: number;
  /** The width of `err` in columns. */
  readonly errWidth: number;
  readonly colors: Colors;
  readonly errColors: Colors;
  /** How often a long command tells in a log how far it is. Default: every five seconds. */
  readonly progressEveryMs?: number;
}

type Tty = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export function createTerminal(source: NodeJS.Process): Terminal {
  const { env, stdout, stderr, stdin } = source;
  const isOutTty = isTty(stdout, env);
  const isErrTty = isTty(stderr, env);
  return {
    out: stdout,
    err: stderr,
    in: stdin,
    env,
    isOutTty,
    isErrTty,
    isInTty: stdin.isTTY,
    width: widthOf(stdout, env),
    errWidth: widthOf(stderr, env),
    colors: createColors(isOutTty && wantsColors(env)),
    errColors: createColors(isErrTty && wantsColors(env)),
  };
}

/**
 * Writes, and waits while the reader is slow, so that long output never piles up in memory. Without
 * a reader there is nothing to wait for.
 */
export async function write(stream: Writable, text: string): Promise<void> {
  if (stream.write(text) || stream.destroyed || stream.errored !== null) return;
  try {
    await once(stream, 'drain');
  } catch (error) {
    if (!isReaderLost(error)) throw error;
  }
}

/** The pipe has no reader any more, or the terminal was closed. */
export function isReaderLost(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'EIO';
}

export async function writeLine(stream: Writable, text: string): Promise<void> {
  await write(stream, `${text}\n`);
}

export async function writeJsonLine(stream: Writable, value: unknown): Promise<void> {
  await write(stream, `${JSON.stringify(value)}\n`);
}

function isTty(stream: Tty, env: Terminal['env']): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** See https://no-color.org: any value that is not empty. */
function wantsColors(env: Terminal['env']): boolean {
  return (env.NO_COLOR ?? '') === '';
}

function widthOf(stream: Tty, env: Terminal['env']): number {
  const columns = stream.columns ?? Number(env.COLUMNS);
  return Number.isInteger(columns) && columns >= 20 ? columns : 120;
}
