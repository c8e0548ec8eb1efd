import { once } from 'node:events';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';

/** The destination of an export. */
export interface Output {
  write(text: string): Promise<void>;
}

interface FileOutput extends Output {
  /** Call it after the last text. */
  end(): Promise<void>;
}

const bufferLengthMax = 64 * 1024;

/**
 * Runs with an output that becomes the file `path` only after `run` has succeeded and everything is
 * synced. Until then it is a file next to it, and a failure leaves nothing behind. A name that ends
 * in `.gz` gets a compressed file. Only the file's owner may read it.
 */
export async function withFileOutput<T>(
  path: string,
  run: (output: Output) => Promise<T>,
): Promise<T> {
  const partialPath = `${path}.partial-${process.pid}`;
  const handle = await open(partialPath, 'wx', 0o600);
  let isComplete = false;
  try {
    const output = path.endsWith('.gz') ? new GzipOutput(handle) : new BufferedOutput(handle);
    const result = await run(output);
    await output.end();
    await handle.sync();
    isComplete = true;
    return result;
  } finally {
    await handle.close();
    await (isComplete ? rename(partialPath, path) : rm(partialPath, { force: true }));
  }
}

class BufferedOutput implements FileOutput {
  readonly #handle: FileHandle;
  #held: string[] = [];
  #heldLength = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(text: string): Promise<void> {
    this.#held.push(text);
    this.#heldLength += text.length;
    if (this.#heldLength > bufferLengthMax) await this.end();
  }

  async end(): Promise<void> {
    const text = this.#held.join('');
    this.#held = [];
    this.#heldLength = 0;
    await this.#handle.appendFile(text);
  }
}

class GzipOutput implements FileOutput {
  readonly #gzip: Gzip = createGzip();
  readonly #done: Promise<void>;

  constructor(handle: FileHandle) {
    this.#done = pipeline(this.#gzip, async (pieces: AsyncIterable<Uint8Array>) => {
      for await (const piece of pieces) await handle.appendFile(piece);
    });
    this.#done.catch(() => undefined); // `write` and `end` report it
  }

  async write(text: string): Promise<void> {
    if (this.#gzip.write(text)) return;
    await Promise.race([once(this.#gzip, 'drain'), this.#done]);
  }

  async end(): Promise<void> {
    this.#gzip.end();
    await this.#done;
  }
}
