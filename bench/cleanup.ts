import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What to undo even if the process ends by an error or a signal. */
const pending = new Set<() => void>();

/**
 * Runs `undo` when the process ends, unless the returned function is called before. `undo` must be
 * synchronous.
 */
export function atExit(undo: () => void): () => void {
  pending.add(undo);
  return () => pending.delete(undo);
}

/** Call this once, at the start: it makes signals end the process in the ordinary way. */
export function installCleanup(): void {
  process.on('exit', () => {
    for (const undo of pending) undo();
  });
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
  process.on('SIGHUP', () => process.exit(129));
}

interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * A new folder that is removed with its content when it is disposed of, and in any case at exit.
 */
export async function createTemporaryFolder(parent: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, 'skein-bench-'));
  const forget = atExit(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      forget();
    },
  };
}
