import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What must be undone even when the process ends by an error or a signal. */
const pending = new Set<() => void>();

/** Has `undo` run when the process ends, unless the returned function is called before. It must not wait for anything. */
export function atExit(undo: () => void): () => void {
  pending.add(undo);
  return () => pending.delete(undo);
}

/** To be called once, at the start: makes signals end the process in the ordinary way. */
export function installCleanup(): void {
  process.on('exit', () => {
    for (const undo of pending) undo();
  });
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
  process.on('SIGHUP', () => process.exit(129));
}

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** A new folder that is removed with everything in it when it is disposed of, and in any case at exit. */
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
