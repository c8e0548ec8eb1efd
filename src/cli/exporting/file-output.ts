import { open, rename, rm, type FileHandle } from 'node:fs/promises';

/** The destination of an export. */
export interface Output {
  write(text: string): Promise<void>;
}

const bufferLengthMax = 64 * 1024;

/**
 * Runs with an output that becomes the file `path` only after `run` has succeeded and everything is
 * synced. Until then it is a file next to it, and a failure leaves nothing behind.
 */
export async function withFileOutput<T>(
  path: string,
  run: (output: Output) => Promise<T>,
): Promise<T> {
  const partialPath = `${path}.partial-${process.pid}`;
  const handle = await open(partialPath, 'wx');
  let isComplete = false;
  try {
    const output = new BufferedOutput(handle);
    const result = await run(output);
    await output.flush();
    await handle.sync();
    isComplete = true;
    return result;
  } finally {
    await handle.close();
    await (isComplete ? rename(partialPath, path) : rm(partialPath, { force: true }));
  }
}

class BufferedOutput implements Output {
  readonly #handle: FileHandle;
  #held: string[] = [];
  #heldLength = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(text: string): Promise<void> {
    this.#held.push(text);
    this.#heldLength += text.length;
    if (this.#heldLength > bufferLengthMax) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#held.join('');
    this.#held = [];
    this.#heldLength = 0;
    await this.#handle.appendFile(text);
  }
}
