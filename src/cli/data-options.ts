import { InvalidArgumentError, Option, type Command } from 'commander';
import { usageError } from './cli-error.ts';
import { databaseForm } from './open-database.ts';

/** The store that a command works on, and its user. */
export interface DataOptions {
  readonly data: string;
  /** Instead of `data`: see `locationOf`. */
  readonly database?: string;
  readonly url?: string;
  readonly token?: string;
  readonly project: string;
  readonly user: string;
  readonly json?: boolean;
}

export const defaultProject = 'default';

/** The options of every command that works on threads. */
export function addDataOptions(command: Command): Command {
  return addStoreOptions(command)
    .addOption(
      new Option('--url <url>', 'a running server to use instead of a directory').env('SKEIN_URL'),
    )
    .addOption(
      new Option('--token <token>', 'server key or token for the server').env('SKEIN_TOKEN'),
    )
    .addOption(
      new Option('--project <id>', 'project to work in')
        .default(defaultProject)
        .env('SKEIN_PROJECT'),
    )
    .addOption(new Option('--user <id>', 'user to act as').default('local').env('SKEIN_USER'));
}

/** The options of commands that open a store themselves. */
export function addStoreOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--data <dir>', 'directory of the store').default('./data').env('SKEIN_DATA'),
    )
    .addOption(
      new Option('--database <url>', `the store as an address: ${databaseForm}`).env(
        'SKEIN_DATABASE',
      ),
    )
    .option('--json', 'print JSON for machines');
}

/** The command line overrides the environment. Contradictory options are refused. */
export function resolveDataOptions<T extends DataOptions>(options: T, command: Command): T {
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  const stores = ['url', 'database', 'data'].filter(isGiven);
  if (stores.length > 1) {
    throw usageError(`--${stores[0]} and --${stores[1]} both name a store.`, 'Give one of them.');
  }
  if (stores.length === 0) return options;
  const { url, database, ...rest } = options;
  const given = {
    ...rest,
    ...(isGiven('url') && { url }),
    ...(isGiven('database') && { database }),
  };
  return given as unknown as T; // every T may omit url and database
}

/** Parses a whole number from `min` to `max`, for commander. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
