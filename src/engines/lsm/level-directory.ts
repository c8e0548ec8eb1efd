/**
 * A data directory on a disk: with `private-directory.ts` and `probe-directory.ts` the only part of
 * the engine that needs Node or classic-level. It is imported only for a path, so that a browser's
 * bundle runs without either.
 */
import { open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { SkeinError } from '../../shared/error.ts';
import type { OpenedDatabase } from './level-database.ts';
import type { LsmDirectory } from './lsm-config.ts';
import { keepPrivate, makePrivate } from './private-directory.ts';
import { probeDirectory, removeProbes } from './probe-directory.ts';

/** Opens the database of a directory and creates what is missing. Throws `unavailable`. */
export async function openDirectory(directory: LsmDirectory): Promise<OpenedDatabase> {
  const { path, cacheSizeBytes, writeBufferSizeBytes } = directory;
  const options = { cacheSize: cacheSizeBytes, writeBufferSize: writeBufferSizeBytes };
  try {
    await checkDirectory(path);
    await makePrivate(path);
    const realPath = await realpath(path);
    return await holding(realPath, path, async (release) => {
      const database = new ClassicLevel(realPath, options);
      await openDatabase(database, realPath);
      await removeProbes(realPath);
      const leave = keepPrivate(realPath);
      const close = (): void => {
        leave();
        release();
      };
      return { database, probe: () => probeDirectory(realPath, options), release: close };
    });
  } catch (error) {
    throw error instanceof SkeinError ? error : openError(path, error);
  }
}

/** LevelDB tells of a file that it may not use, but not by a code that could be relied on. */
async function openDatabase(database: ClassicLevel, path: string): Promise<void> {
  try {
    await database.open();
  } catch (error) {
    const obstacle = codeOf(causeOf(error)) === 'LEVEL_LOCKED' ? undefined : await refusalIn(path);
    throw obstacle ?? error;
  }
}

/** The error of the first file that this user may not read and write, or may not make. */
async function refusalIn(path: string): Promise<unknown> {
  const names = (await readdir(path)).filter((name) => isDatabaseFile.test(name));
  const probe = '.skein-probe';
  try {
    for (const name of names) await (await open(join(path, name), 'r+')).close();
    await (await open(join(path, probe), 'w', 0o600)).close();
    await removeProbes(path);
    return undefined;
  } catch (error) {
    return refusedCodes.has(codeOf(error)) ? error : undefined;
  }
}

const isDatabaseFile = /^(?:\d+\.\w+|MANIFEST-\d+|CURRENT|LOCK)$/;

/**
 * Directories that are open in this process. LevelDB must not even try to open one twice: it would
 * open and close the lock file again, and by the rules of POSIX that releases the first lock, so
 * that another process could get in. The set lives where a second copy of this module finds it.
 */
const inUse = directoriesInUse();

function directoriesInUse(): Set<string> {
  const key = Symbol.for('skein.lsm.directoriesInUse');
  const shared = globalThis as { [key]?: Set<string> }; // only this function knows the symbol
  return (shared[key] ??= new Set());
}

async function holding<T>(
  realPath: string,
  path: string,
  use: (release: () => void) => Promise<T>,
): Promise<T> {
  if (inUse.has(realPath)) throw new SkeinError('unavailable', inUseMessage(path));
  inUse.add(realPath);
  const release = (): void => void inUse.delete(realPath);
  try {
    return await use(release);
  } catch (error) {
    release();
    throw error;
  }
}

function inUseMessage(path: string): string {
  return `The data directory ${path} is in use by another process, or by another store of this one.`;
}

/**
 * LevelDB creates a database in any directory without a CURRENT file, and deletes files there whose
 * names resemble its own. So this refuses a directory with other files, or one that lost its
 * CURRENT.
 */
async function checkDirectory(path: string): Promise<void> {
  const names = await namesIn(path);
  if (names.includes('CURRENT')) return;
  const foreign = names.find((name) => !isHarmless.test(name));
  if (foreign === undefined) return;
  throw new SkeinError(
    'unavailable',
    `The data directory ${path} holds no Skein store, and is not empty (${foreign}). ` +
      'Choose an empty directory or a new one.',
  );
}

/** Hidden files, files in the root of a disk, and remains of an interrupted first start. */
const isHarmless = /^(?:\..*|lost\+found|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.dbtmp)$/;

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function openError(path: string, error: unknown): SkeinError {
  const cause = causeOf(error);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SkeinError('unavailable', describe(path, codeOf(cause), reason), { cause: error });
}

function describe(path: string, code: string | undefined, reason: string): string {
  switch (code) {
    case 'LEVEL_LOCKED':
      return inUseMessage(path);
    case 'LEVEL_CORRUPTION':
      return `The data directory ${path} is damaged: ${reason}`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `The data directory ${path} is not a directory.`;
    case 'EACCES':
    case 'EPERM':
      return (
        `The data directory ${path} may not be read and written by this user: ${reason}. ` +
        'It is written even to be read: let this user write all of it (chown, chmod), or open a copy.'
      );
    case 'EROFS':
      return (
        `The data directory ${path} is on a disk that is read-only: ${reason}. ` +
        'It is written even to be read: make the disk writable, or open a copy.'
      );
    default:
      return `The data directory ${path} cannot be opened: ${reason}`;
  }
}

/** The errors with which a system keeps a user from a file. */
const refusedCodes: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS']);

/** What abstract-level wraps in its errors; those of the operating system come unwrapped. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function codeOf(error: unknown): string | undefined {
  const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return isCoded ? (error.code as string) : undefined; // narrowed just before
}
