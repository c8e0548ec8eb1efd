import { chmod, open } from 'node:fs/promises';

/**
 * Makes the file of a database for this user alone, unless it is there. SQLite gives the files that
 * it keeps beside it the same mode. Like its driver, this trims the path.
 */
export async function makePrivateFile(path: string): Promise<void> {
  try {
    await (await open(path.trim(), 'wx', fileMode)).close();
  } catch (error) {
    // It is there, or opening it will say why it cannot be made.
    if (!isSystemError(error)) throw error;
  }
}

/** Closes a database and the files beside it. What belongs to another user stays as it is. */
export async function mendFileModes(path: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    try {
      await chmod(`${path.trim()}${suffix}`, fileMode);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}

const fileMode = 0o600;

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
