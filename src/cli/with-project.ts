import { SkeinError } from '../shared/error.ts';
import { MigrationsPendingError, type MigrationMode } from '../shared/migration.ts';
import { CliError, usageError } from './cli-error.ts';
import { defaultProject, type DataOptions } from './data-options.ts';
import {
  createEngine,
  locationOf,
  mustHaveStore,
  locationName,
  noStoreError,
  type Location,
} from './open-database.ts';
import { findRunningServer } from './server-file.ts';
import type { ProjectApi, Store, StoreOptions } from './store-types.ts';

export interface Backend {
  readonly project: ProjectApi;
  /** True over HTTP, false in this process. */
  readonly isRemote: boolean;
  /** The open store, unless it is behind HTTP. */
  readonly store?: Store;
}

/**
 * Runs a command on the store that the options name. With `--url` that is a server. Otherwise, if a
 * server has the directory open, the command uses that server; if not, it opens the directory
 * itself and closes it again.
 */
export async function withProject<T>(
  options: DataOptions,
  settings: { readonly mayCreate: boolean },
  run: (backend: Backend) => Promise<T>,
): Promise<T> {
  const location = options.url === undefined ? locationOf(options) : undefined;
  const url = options.url ?? (await serverOf(location));
  if (url !== undefined) return run({ project: await createRemote(url, options), isRemote: true });
  if (!settings.mayCreate) await mustHaveStore(location!); // without a url there is a location
  const mode = settings.mayCreate ? 'empty' : 'never';
  return withStore(location!, mode, (store) =>
    run({
      project: store.project(options.project).as({ userId: options.user }),
      isRemote: false,
      store,
    }),
  );
}

/**
 * Opens a store in this process and closes it in any case. Throws `CliError` if it cannot be
 * opened, also if its tables need a migration that `mode` does not allow.
 */
export async function withStore<T>(
  location: Location,
  mode: MigrationMode,
  run: (store: Store) => Promise<T>,
  settings: StoreSettings = {},
): Promise<T> {
  const store = await openStore(location, mode, settings);
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

/** Additional options of a store that is served. */
export type StoreSettings = Pick<StoreOptions, 'responders' | 'runs' | 'feeds'>;

async function openStore(
  location: Location,
  migrate: MigrationMode,
  settings: StoreSettings,
): Promise<Store> {
  const { createStore } = await import('../store/index.ts');
  const engine = await createEngine(location, { migrate });
  try {
    return await createStore({ engine, ...settings });
  } catch (error) {
    throw openError(error, location);
  }
}

/** Turns an error of opening into one that says what to do. */
export function openError(error: unknown, location: Location): unknown {
  if (error instanceof MigrationsPendingError) return pendingError(error, location);
  const isRefused = error instanceof SkeinError && error.code === 'unavailable';
  if (!isRefused || location.kind !== 'directory') return error;
  return new CliError(error.message, { cause: error, hint: directoryHint(error) });
}

/** Only a lock is another process's: a directory may also be read-only, damaged or no store. */
function directoryHint(error: SkeinError): string {
  const other = '--data names another directory.';
  if (!isHeld(error)) return other;
  return `Only one process at a time can have a directory open; ${other}`;
}

function isHeld({ cause }: SkeinError): boolean {
  for (let inner = cause; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && inner.code === 'LEVEL_LOCKED') return true;
  }
  return false;
}

function pendingError(error: MigrationsPendingError, location: Location): CliError {
  if (error.isEmpty) return noStoreError(location, error);
  const count = error.pending.length;
  return new CliError(
    `The database ${locationName(location)} is of an older version of Skein: ` +
      `${count === 1 ? '1 migration is' : `${count} migrations are`} pending.`,
    {
      cause: error,
      hint: '`skein migrate` brings it up to date, and so does `skein serve --migrate`; `skein migrate --check` tells what would be done.',
    },
  );
}

async function serverOf(location: Location | undefined): Promise<string | undefined> {
  return location?.kind === 'directory' ? findRunningServer(location.path) : undefined;
}

/** Few: a person waits at the terminal. */
const retries = 2;

async function createRemote(url: string, options: DataOptions): Promise<ProjectApi> {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw usageError(
      `${JSON.stringify(url)} is not the address of a server.`,
      'Write it as http://127.0.0.1:4000.',
    );
  }
  if (options.project !== defaultProject) {
    throw usageError(
      'A server decides itself which project a caller is in: by the key or token.',
      'Give the --token of that project instead of --project.',
    );
  }
  const { createClient } = await import('../client/index.ts');
  const { token, user } = options;
  return createClient({
    baseUrl: url,
    userId: user,
    retries,
    ...(token === undefined ? {} : { token }),
  });
}
