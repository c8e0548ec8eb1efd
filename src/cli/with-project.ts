import { SkeinError } from '../shared/error.ts';
import { CliError, usageError } from './cli-error.ts';
import { defaultProject } from './data-options.ts';
import type { DataOptions } from './data-options.ts';
import { createEngine, locationOf, mustHaveStore } from './open-database.ts';
import type { Location } from './open-database.ts';
import { findRunningServer } from './server-file.ts';
import type { ProjectApi, Store } from './store-types.ts';

export interface Backend {
  readonly project: ProjectApi;
  /** Over HTTP, or in this process. */
  readonly isRemote: boolean;
}

/**
 * Runs a command on the store that the options name. With `--url` that is a server. Else, when a server
 * has the directory open, it is asked, and otherwise the directory is opened here and closed again.
 */
export async function withProject<T>(
  options: DataOptions,
  settings: { readonly mayCreate: boolean },
  run: (backend: Backend) => Promise<T>,
): Promise<T> {
  const location = options.url === undefined ? locationOf(options) : undefined;
  const url = options.url ?? (await serverOf(location));
  if (url !== undefined) return run({ project: await createRemote(url, options), isRemote: true });
  if (!settings.mayCreate) await mustHaveStore(location!); // there is a location where there is no url
  return withStore(location!, (store) =>
    run({ project: store.project(options.project).as({ userId: options.user }), isRemote: false }),
  );
}

/** Opens a store in this process and closes it in any case. Throws `CliError` when it cannot be opened. */
export async function withStore<T>(
  location: Location,
  run: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(location);
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

export async function openStore(location: Location): Promise<Store> {
  const { createStore } = await import('../store/index.ts');
  const engine = await createEngine(location);
  try {
    return await createStore({ engine });
  } catch (error) {
    throw openError(error);
  }
}

/** Turns a refusal to open into words that say what to do. */
export function openError(error: unknown): unknown {
  if (!(error instanceof SkeinError) || error.code !== 'unavailable') return error;
  return new CliError(error.message, {
    cause: error,
    hint: 'Only one process at a time can have a directory open; --data names another one.',
  });
}

async function serverOf(location: Location | undefined): Promise<string | undefined> {
  return location?.kind === 'directory' ? findRunningServer(location.path) : undefined;
}

/** Somebody waits at the terminal. */
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
