/**
 * Keeps a data directory from other users of the machine. LevelDB makes its files readable for
 * everybody, whenever it needs another one, and takes no wish about that. So the directory is
 * closed, and each file as soon as it is seen.
 */
import { chmodSync, readdirSync, watch, type FSWatcher } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes the directory, and the missing ones above it, for this user alone. */
export async function makePrivate(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: directoryMode });
  changeMode(path, directoryMode);
  mendFiles(path);
}

/** Closes files as they appear, until the result is called. */
export function keepPrivate(path: string): () => void {
  const watcher = watchNames(path, (name) => changeMode(join(path, name), fileMode));
  mendFiles(path);
  return () => {
    watcher?.close();
    mendFiles(path); // also what has appeared since the watcher was last heard
  };
}

function mendFiles(path: string): void {
  ifPossible(() => {
    const entries = readdirSync(path, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    for (const { name } of files) changeMode(join(path, name), fileMode);
  });
}

/** Some file systems cannot be watched. There the mode of the directory alone has to do. */
function watchNames(path: string, onName: (name: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, (event, name) => {
      if (event === 'rename' && name !== null && isOwn.test(name)) onName(name);
    });
    return watcher.on('error', () => watcher.close());
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

/** The names that LevelDB gives to what it writes. */
const isOwn = /^(?:\d+\.\w+|MANIFEST-\d+|CURRENT|LOCK|LOG|LOG\.old)$/;

function changeMode(path: string, mode: number): void {
  ifPossible(() => chmodSync(path, mode));
}

/** What belongs to another user, or is gone or cannot be changed, stays as it is. */
function ifPossible(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

const directoryMode = 0o700;
const fileMode = 0o600;

/** The code of an error of the operating system. */
function codeOf(error: unknown): string | undefined {
  const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return isCoded ? (error.code as string) : undefined; // narrowed just before
}
