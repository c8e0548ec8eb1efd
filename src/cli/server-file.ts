import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverEndpoints, serverIdHeader } from '../api/operations/server.ts';
import { pathTo } from '../protocol/path.ts';

/**
 * The file that a serving process writes into its directory, for other commands to find it. A copy
 * of the directory has the file, too, and its address may belong to another server by now. So the
 * file names the directory, and the server must give the id that stands in it.
 */
interface ServerFile {
  readonly url: string;
  readonly pid: number;
  /** New for each start. */
  readonly id: string;
  readonly version: string;
  readonly startedAt: string;
}

const fileName = 'server.json';

/**
 * Writes the file atomically: a reader never sees half of it. Returns a function that removes it.
 */
export async function writeServerFile(
  directory: string,
  given: ServerFile,
): Promise<() => Promise<void>> {
  const file = { ...given, directory: await identityOfDirectory(directory) };
  return writePrivately(directory, fileName, `${JSON.stringify(file, undefined, 2)}\n`);
}

const operatorKeyName = 'operator-key';

/** For `skein keys` while the server runs. Returns a function that removes the file. */
export function writeOperatorKey(directory: string, secret: string): Promise<() => Promise<void>> {
  return writePrivately(directory, operatorKeyName, `${secret}\n`);
}

/** The secret, or `undefined` if there is none that this user may read. */
export async function readOperatorKey(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, operatorKeyName), 'utf8')).trim();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException; // an error of readFile
    if (['ENOENT', 'EACCES', 'EPERM'].includes(code)) return undefined;
    throw error;
  }
}

async function writePrivately(
  directory: string,
  name: string,
  text: string,
): Promise<() => Promise<void>> {
  const path = join(directory, name);
  const temporary = join(directory, `.${name}.${process.pid}`);
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
  return () => rm(path, { force: true });
}

/** The address of the server that has the directory open, or `undefined`. */
export async function findRunningServer(directory: string): Promise<string | undefined> {
  const file = await readServerFile(directory);
  // After a crash the file names a process that is gone, or another one that does not answer.
  if (file === undefined || !isAlive(file.pid)) return undefined;
  if (file.directory !== (await identityOfDirectory(directory))) return undefined;
  return (await isServer(file)) ? file.url : undefined;
}

/** Stays the same when the directory is moved, and is another one in a copy. */
async function identityOfDirectory(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

interface StoredServerFile extends ServerFile {
  /** See `identityOfDirectory`. */
  readonly directory: string;
}

async function readServerFile(directory: string): Promise<StoredServerFile | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(directory, fileName), 'utf8'));
    return isServerFile(value) ? value : undefined;
  } catch (error) {
    const isCoded = error instanceof Error && 'code' in error;
    if (isCoded && noFileCodes.has(error.code)) return undefined;
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** There is none, or none that this user may read: then opening the store says why. */
const noFileCodes: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']);

function isServerFile(value: unknown): value is StoredServerFile {
  if (typeof value !== 'object' || value === null) return false;
  const { url, pid, id, directory } = value as Partial<StoredServerFile>; // each is checked below
  const isNamed = typeof id === 'string' && id !== '' && typeof directory === 'string';
  const isAddress = typeof url === 'string' && URL.canParse(url);
  return isNamed && isAddress && Number.isSafeInteger(pid) && Number(pid) > 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only checks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // alive, but of another user
  }
}

const healthTimeoutMs = 2000;

async function isServer({ url, id }: ServerFile): Promise<boolean> {
  try {
    const answer = await fetch(url + pathTo(serverEndpoints.getHealth, {}), {
      signal: AbortSignal.timeout(healthTimeoutMs),
    });
    await answer.body?.cancel();
    return answer.ok && answer.headers.get(serverIdHeader) === id;
  } catch (error) {
    // fetch rejects with TypeError if nothing listens, and with DOMException after the timeout.
    if (error instanceof TypeError || error instanceof DOMException) return false;
    throw error;
  }
}
