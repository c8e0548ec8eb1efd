import { readdir, realpath, stat } from 'node:fs/promises';
import type { MigrationOptions } from '../shared/migration.ts';
import type { StoreOptions } from '../store/index.ts';
import { CliError, usageError } from './cli-error.ts';

/** Where a store is. */
export type Location =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'server';
      /** With the password, so never printed: see `nameOf`. */
      readonly url: string;
      readonly schema?: string;
      readonly connectionsMax?: number;
    }
  | { readonly kind: 'memory' };

/** The form of `--database`, for the help. */
export const databaseForm =
  'lsm:DIR, sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE or memory:';

/** Addresses for the examples of the help. */
export const exampleAddresses = {
  directory: 'lsm:./data',
  file: 'sqlite:./skein.db',
  server: 'postgres://user:password@host/database',
} as const;

/** Reads `--database`, or else `--data`. Throws `CliError` for an invalid address. */
export function locationOf(options: {
  readonly data: string;
  readonly database?: string;
}): Location {
  const { data, database } = options;
  return database === undefined ? directoryOf(data) : parseLocation(database);
}

/** Parses the address of a store. Its errors never show the address, which may hold a password. */
export function parseLocation(address: string): Location {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(address) ?? [];
  switch (scheme.toLowerCase()) {
    case 'lsm':
      return directoryOf(pathOf(rest));
    case 'sqlite':
      return fileOf(pathOf(rest));
    case 'postgres':
    case 'postgresql':
      return serverOf(address);
    case 'memory':
      return { kind: 'memory' };
    default:
      throw usageError(
        scheme === '' || /[/@]/.test(scheme)
          ? 'That is not the address of a database.'
          : `${JSON.stringify(`${scheme}:`)} is not a kind of database that Skein knows.`,
        `Use ${databaseForm}.`,
      );
  }
}

/** Names a store for people, without user and password. */
export function locationName(location: Location): string {
  switch (location.kind) {
    case 'directory':
    case 'file':
      return location.path;
    case 'memory':
      return 'memory';
    case 'server': {
      const { host, pathname, searchParams } = new URL(location.url);
      const details = [
        ['host', hostIn(searchParams)],
        ['schema', location.schema],
      ].filter(([, value]) => value !== undefined);
      const text = details.map((detail) => detail.join(' ')).join(', ');
      return `postgres://${host}${pathname}${text === '' ? '' : ` (${text})`}`;
    }
  }
}

/** The directory of a Unix socket, or a host, given as a parameter. */
function hostIn(parameters: URLSearchParams): string | undefined {
  const host = parameters.get('host') ?? undefined;
  const port = parameters.get('port');
  return host === undefined || port === null ? host : `${host}:${port}`;
}

/**
 * `lsm://dir` means `lsm:dir`, since people are used to URLs; three slashes begin an absolute path.
 */
function pathOf(rest: string): string {
  return rest.replace(/^\/\/(?=[^/]|$)/, '');
}

function directoryOf(path: string): Location {
  if (path === '') {
    throw usageError(
      'The directory of the store is missing.',
      'Write it as lsm:DIR, such as lsm:./data.',
    );
  }
  return { kind: 'directory', path };
}

function fileOf(path: string): Location {
  // The driver trims the path.
  if (/^(?:$|:memory:)/.test(path.trim())) {
    throw usageError(
      'The file of the database is missing.',
      'Write it as sqlite:FILE, such as sqlite:./skein.db.',
    );
  }
  return { kind: 'file', path };
}

const connectionsMax = 1000;
/** The same limit as in the engine. */
const schemaBytesMax = 57;

/**
 * Two parameters of the address belong to Skein, `schema` and `connections`; the driver gets the
 * others.
 */
function serverOf(address: string): Location {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || isTorn(url)) {
    throw badServer('The address of the PostgreSQL database is malformed.');
  }
  // Only the directory of a Unix socket may be in the parameter `host` instead.
  if (url.host === '' && !url.searchParams.has('host')) {
    throw badServer('The address of the PostgreSQL database names no host.');
  }
  if (url.pathname.length < 2) {
    throw badServer('The address of the PostgreSQL database names no database.');
  }
  const schema = take(url, 'schema');
  if (schema !== undefined && !isSchema(schema)) {
    throw badServer(
      `The schema in the address must have 1 to ${schemaBytesMax} bytes in UTF-8, and no U+0000.`,
    );
  }
  const connections = take(url, 'connections');
  const count = Number(connections ?? 2);
  if (!Number.isInteger(count) || count < 2 || count > connectionsMax) {
    throw badServer(`The connections in the address must be 2 to ${connectionsMax}.`);
  }
  return {
    kind: 'server',
    url: url.href,
    ...(schema === undefined ? {} : { schema }),
    ...(connections === undefined ? {} : { connectionsMax: count }),
  };
}

/**
 * Whether a character such as `/` has split the password: its end then stands in the place of a
 * path or query, and would be shown. The engine has the same rule.
 */
function isTorn({ username, host, pathname, search, hash }: URL): boolean {
  const query = username === '' && host !== '' ? search : '';
  return `${pathname}${query}${hash}`.includes('@') || pathname.slice(1).includes('/');
}

function isSchema(text: string): boolean {
  return text !== '' && Buffer.byteLength(text) <= schemaBytesMax && !text.includes('\u0000');
}

function take(url: URL, name: string): string | undefined {
  const value = url.searchParams.get(name) ?? undefined;
  url.searchParams.delete(name);
  return value;
}

function badServer(message: string): Error {
  return usageError(
    message,
    'Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE; in a password, write %40 for @ and %2F for /.',
  );
}

/** The same name for a store however its address is written, without user and password. */
export async function identityOf(location: Location): Promise<string> {
  switch (location.kind) {
    case 'memory':
      return 'memory';
    case 'server': {
      const { hostname, port, pathname, searchParams } = new URL(location.url);
      const given = searchParams.get('host') ?? hostname;
      const host = given.startsWith('/') ? encodeURIComponent(given) : given;
      const server = `${host}:${searchParams.get('port') ?? (port || 5432)}`;
      return `postgres://${server}${pathname}?schema=${location.schema ?? 'public'}`;
    }
    case 'directory':
      return `lsm:${await realPathOf(location.path)}`;
    case 'file':
      return `sqlite:${await realPathOf(location.path)}`;
  }
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error) || isRefused(error)) return path;
    throw error;
  }
}

/**
 * The engine for a location, loaded only now: its driver may be native code. A directory has no
 * migrations to choose: it is always brought up to date.
 */
export async function createEngine(
  location: Location,
  migration: MigrationOptions,
): Promise<StoreOptions['engine']> {
  switch (location.kind) {
    case 'memory': {
      const { memory } = await import('../engines/memory/index.ts');
      return memory();
    }
    case 'directory': {
      const { lsm } = await import('../engines/lsm/index.ts');
      return lsm({ path: location.path });
    }
    case 'file': {
      const { sqlite } = await import('../engines/sqlite/index.ts');
      return sqlite({ path: location.path, ...migration });
    }
    case 'server': {
      const { kind: _, ...where } = location;
      const { postgres } = await import('../engines/postgres/index.ts');
      return postgres({ ...where, ...migration });
    }
  }
}

/**
 * For commands that only make sense on an existing store: opening would create an empty one. On a
 * database server, opening with the migrations `never` has the same effect.
 */
export async function mustHaveStore(location: Location): Promise<void> {
  if (await mayHaveStore(location)) return;
  throw noStoreError(location);
}

export function noStoreError(location: Location, cause?: unknown): CliError {
  const where = location.kind === 'directory' ? '--data' : '--database';
  return new CliError(`There is no store in ${locationName(location)}.`, {
    cause,
    hint: `Name another one with ${where}, or a server with --url; \`skein serve\` and \`skein import\` make a store.`,
  });
}

async function mayHaveStore(location: Location): Promise<boolean> {
  switch (location.kind) {
    case 'memory':
    case 'server':
      return true;
    case 'directory':
      return hasFiles(location.path);
    case 'file':
      return isThere(location.path);
  }
}

async function hasFiles(path: string): Promise<boolean> {
  try {
    const names = await readdir(path);
    return names.some((name) => !name.startsWith('.'));
  } catch (error) {
    if (isMissing(error)) return false;
    const { code } = error as NodeJS.ErrnoException; // an error of readdir
    const hint = '--data names another one.';
    if (code === 'ENOTDIR')
      throw new CliError(`${path} is not a directory.`, { cause: error, hint });
    if (isRefused(error)) return true; // the engine says what this user may not do
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    if (isRefused(error)) return true; // as above
    throw error;
  }
}

/** Whether this user may not look, or there is no way to the path. */
function isRefused(error: unknown): boolean {
  const isCoded = error instanceof Error && 'code' in error;
  return isCoded && ['EACCES', 'EPERM', 'ENOTDIR'].includes(String(error.code));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
