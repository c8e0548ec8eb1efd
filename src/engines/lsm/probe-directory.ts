import { link, mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';

/** The options of the database in the directory: they decide what its recovery writes. */
interface RecoveryOptions {
  readonly writeBufferSize?: number;
}

/**
 * Proves that LevelDB could be closed and opened again now: it would recover its log, for which it
 * writes a table of what the log holds. How much room that takes depends on how well the rows
 * compress. So the recovery is rehearsed beside the database, on hard links to its files, which
 * LevelDB never changes once they are written. A database that was closed for a recovery that then
 * fails could not even be read. Throws the error of the file system or of LevelDB.
 */
export async function probeDirectory(path: string, options: RecoveryOptions = {}): Promise<void> {
  const file = await open(join(path, probeName), 'w', 0o600);
  try {
    await fill(file, marginBytes);
    if (!(await rehearse(path, options))) await fill(file, await logBytes(path));
  } finally {
    await file.close();
    await removeProbes(path);
  }
}

/** Removes what a probe has left that was cut off. */
export async function removeProbes(path: string): Promise<void> {
  await rm(join(path, probeName), { force: true });
  await rm(join(path, stageName), { force: true, recursive: true });
}

const probeName = '.skein-probe';
const stageName = '.skein-rehearsal';

/** Room that the recovery itself needs beyond what its rehearsal took, such as for a new log. */
const marginBytes = 256 * 1024;

async function fill(file: FileHandle, bytes: number): Promise<void> {
  for (let written = 0; written < bytes; written += chunk.length) await file.writeFile(chunk);
  await file.sync();
}

/** Hard to compress. */
const chunk: Uint8Array = new Uint8Array(marginBytes).map((_, i) => (i * 31) ^ (i >>> 7));

/** Returns false, having done nothing, where files cannot have two names. */
async function rehearse(path: string, options: RecoveryOptions): Promise<boolean> {
  const stage = join(path, stageName);
  await rm(stage, { force: true, recursive: true });
  await mkdir(stage, { mode: 0o700 });
  for (const name of await readdir(path)) {
    if (isData.test(name) && !(await linkTo(join(path, name), join(stage, name)))) return false;
  }
  const database = new ClassicLevel(stage, { ...options, cacheSize: 0, createIfMissing: false });
  try {
    await database.open();
  } finally {
    await database.close();
  }
  return true;
}

/** Of LevelDB's files, those that hold rows. Its lock and its diary are of one database. */
const isData = /^(?:\d+\.(?:log|ldb|sst)|MANIFEST-\d+|CURRENT)$/;

async function linkTo(path: string, stagePath: string): Promise<boolean> {
  try {
    await link(path, stagePath);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (linklessCodes.has(code)) return false;
    throw error;
  }
}

/** The file system has no hard links, or no more of them for this file. */
const linklessCodes: ReadonlySet<unknown> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
]);

async function logBytes(path: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(path)) {
    if (name.endsWith('.log')) bytes += (await stat(join(path, name))).size;
  }
  return bytes;
}
