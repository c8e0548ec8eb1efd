import { readdir } from 'node:fs/promises';
import type { StoreOptions } from '../store/index.ts';
import { CliError, usageError } from './cli-error.ts';

/** Where a store lies: in a directory, or only in memory. */
export type Location =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'memory' };

/** The form of `--database`, for the help. */
export const databaseForm = 'lsm:DIR or memory:';

/** Reads `--database`, else `--data`. Throws `CliError` for an address that is none. */
export function locationOf(options: {
  readonly data: string;
  readonly database?: string;
}): Location {
  const { data, database } = options;
  if (database === undefined) return directoryOf(data);
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/i.exec(database) ?? [];
  switch (scheme.toLowerCase()) {
    case 'lsm':
      return directoryOf(rest.replace(/^\/\/(?=[^/]|$)/, ''));
    case 'memory':
      return { kind: 'memory' };
    case 'sqlite':
    case 'postgres':
    case 'postgresql':
      throw usageError(
        `${scheme}: databases are not supported in this version of skein.`,
        'Use lsm:DIR for a directory on disk, or memory: for a store that is gone with the process.',
      );
    default:
      throw usageError(
        `${JSON.stringify(database)} is not a database address.`,
        `Use ${databaseForm}.`,
      );
  }
}

function directoryOf(path: string): Location {
  if (path === '')
    throw usageError(
      'The directory of the store is missing.',
      'Write it as lsm:DIR, such as lsm:./data.',
    );
  return { kind: 'directory', path };
}

/** The engine for a location, loaded only now: its driver is native code. */
export async function createEngine(location: Location): Promise<StoreOptions['engine']> {
  if (location.kind === 'memory') {
    const { memory } = await import('../engines/memory/index.ts');
    return memory();
  }
  const { lsm } = await import('../engines/lsm/index.ts');
  return lsm({ path: location.path });
}

/** For commands that only make sense on a store that is there: opening would make an empty one. */
export async function mustHaveStore(location: Location): Promise<void> {
  if (location.kind === 'memory' || (await hasFiles(location.path))) return;
  throw new CliError(`There is no store in ${location.path}.`, {
    hint: 'Name another directory with --data, or a server with --url; `skein serve` and `skein import` make a store.',
  });
}

async function hasFiles(path: string): Promise<boolean> {
  try {
    const names = await readdir(path);
    return names.some((name) => !name.startsWith('.'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what readdir rejects with
    if (code === 'ENOENT') return false;
    if (code === 'ENOTDIR') throw new CliError(`${path} is not a directory.`, { cause: error });
    throw error;
  }
}
