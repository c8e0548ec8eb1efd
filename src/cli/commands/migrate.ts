import { Command } from 'commander';
import { MigrationsPendingError, type Migration } from '../../shared/migration.ts';
import { CliError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import { addStoreOptions, resolveDataOptions, type DataOptions } from '../data-options.ts';
import { plural } from '../format/duration.ts';
import {
  createEngine,
  exampleAddresses,
  locationOf,
  mustHaveStore,
  locationName,
  type Location,
} from '../open-database.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { openError } from '../with-project.ts';

interface MigrateCommandOptions extends DataOptions {
  readonly check?: boolean;
}

const examples = `
The tables of an empty database are made, those of an older version are added to; nothing is ever taken
away. All of it happens in one transaction under a lock, so that servers may run and start meanwhile.
With --check nothing is changed, and the exit code is 1 when something is pending.

A directory brings itself up to date whenever it is opened.

Examples:
  skein migrate --database ${exampleAddresses.server}
  skein migrate --database ${exampleAddresses.file} --check`;

export const migrateCommand: CreateCommand = (terminal) =>
  addStoreOptions(new Command('migrate'))
    .description('bring the tables of a database up to date')
    .option('--check', 'change nothing, only list what is pending')
    .addHelpText('after', examples)
    .action(async (given: MigrateCommandOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      const location = locationOf(options);
      if (options.check) await check(terminal, options, location);
      else await migrate(terminal, options, location);
    });

async function migrate(
  { out }: Terminal,
  { json }: MigrateCommandOptions,
  location: Location,
): Promise<void> {
  if (location.kind === 'directory') await mustHaveStore(location);
  const applied: Migration[] = [];
  const { migrateStore } = await import('../../store/index.ts');
  try {
    await migrateStore(
      await createEngine(location, {
        migrate: 'always',
        onMigration: (migration) => applied.push(migration),
      }),
    );
  } catch (error) {
    throw openError(error, location);
  }
  if (json) return writeJsonLine(out, { applied });
  await printMigrations(out, applied);
  await writeLine(
    out,
    applied.length === 0
      ? `${locationName(location)} is up to date.`
      : `${locationName(location)} is up to date now: ${plural(applied.length, 'migration')} applied.`,
  );
}

async function check(
  { out }: Terminal,
  { json }: MigrateCommandOptions,
  location: Location,
): Promise<void> {
  const pending = await findPending(location);
  if (json) await writeJsonLine(out, { pending });
  else await printMigrations(out, pending);
  if (pending.length > 0) {
    throw new CliError(
      `${plural(pending.length, 'migration')} pending in ${locationName(location)}.`,
      {
        hint: 'Run `skein migrate` without --check to apply them.',
      },
    );
  }
  if (!json) await writeLine(out, `${locationName(location)} is up to date.`);
}

async function findPending(location: Location): Promise<readonly Migration[]> {
  await mustHaveStore(location);
  const { migrateStore } = await import('../../store/index.ts');
  try {
    await migrateStore(await createEngine(location, { migrate: 'never' }));
    return [];
  } catch (error) {
    if (error instanceof MigrationsPendingError) return error.pending;
    throw openError(error, location);
  }
}

async function printMigrations(
  out: Terminal['out'],
  migrations: readonly Migration[],
): Promise<void> {
  const width = String(migrations.at(-1)?.number ?? 0).length;
  for (const { number, name } of migrations) {
    await writeLine(out, `${String(number).padStart(width)}  ${name}`);
  }
}
