import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import {
  addStoreOptions,
  defaultProject,
  resolveDataOptions,
  type DataOptions,
} from '../data-options.ts';
import { formatTime } from '../format/duration.ts';
import { safeLine } from '../format/safe-text.ts';
import { formatTable } from '../format/table.ts';
import { locationOf, mustHaveStore } from '../open-database.ts';
import { findRunningServer } from '../server-file.ts';
import { threadEndpoints } from '../../api/operations/threads.ts';
import { pathTo } from '../../protocol/path.ts';
import type { Store } from '../store-types.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withStore } from '../with-project.ts';

const threadsPath = pathTo(threadEndpoints.listThreads, {});

const examples = `
A server key acts for any user of its project, named by the header X-User-Id. Keys are kept in the
store, hashed. Those of a directory are made and revoked while no server has it open.

Examples:
  skein keys create backend
  curl -H "Authorization: Bearer sk_…" -H "X-User-Id: u1" http://127.0.0.1:4000${threadsPath}`;

export const keysCommand: CreateCommand = (terminal) =>
  new Command('keys')
    .description('create, list and revoke server keys')
    .addHelpText('after', examples)
    .addCommand(createKeyCommand(terminal))
    .addCommand(listKeysCommand(terminal))
    .addCommand(revokeKeyCommand(terminal));

interface CreateKeyOptions extends DataOptions {
  readonly project: string;
}

function createKeyCommand(terminal: Terminal): Command {
  return addStoreOptions(new Command('create'))
    .description('create a key and print its secret, only this once')
    .argument('<name>', 'what it is for')
    .option('--project <id>', 'project that it is for', defaultProject)
    .action(async (name: string, given: CreateKeyOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      const key = await onLocalStore(options, true, (store) =>
        store.keys.create({ projectId: options.project, name }),
      );
      if (options.json) return writeJsonLine(terminal.out, key);
      terminal.err.write(
        `Key ${key.id} for the project ${safeLine(key.projectId)}. Its secret is shown only now:\n`,
      );
      return writeLine(terminal.out, key.secret);
    });
}

function listKeysCommand(terminal: Terminal): Command {
  return addStoreOptions(new Command('list'))
    .description('list the keys, without their secrets')
    .action(async (given: DataOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      const keys = await onLocalStore(options, false, (store) => store.keys.list());
      if (options.json) {
        for (const key of keys) await writeJsonLine(terminal.out, key);
        return;
      }
      if (keys.length === 0) terminal.err.write('No keys.\n');
      const rows = keys.map(({ id, projectId, name, createdAt }) => [
        id,
        safeLine(projectId),
        safeLine(name),
        formatTime(createdAt),
      ]);
      const columns = [
        { title: 'ID' },
        { title: 'PROJECT' },
        { title: 'NAME', widthMin: 12 },
        { title: 'CREATED' },
      ];
      if (rows.length === 0) return;
      for (const line of formatTable(columns, rows, terminal.width))
        await writeLine(terminal.out, line);
    });
}

function revokeKeyCommand(terminal: Terminal): Command {
  return addStoreOptions(new Command('revoke'))
    .description('revoke a key for good')
    .argument('<id>', 'id of the key')
    .action(async (id: string, given: DataOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      await onLocalStore(options, false, (store) => store.keys.revoke(id));
      if (options.json) await writeJsonLine(terminal.out, { id, revoked: true });
      else await writeLine(terminal.out, `Revoked ${safeLine(id)}.`);
    });
}

/** Keys belong to the operator: making one takes access to the store itself, not HTTP. */
async function onLocalStore<T>(
  options: DataOptions,
  mayCreate: boolean,
  run: (store: Store) => Promise<T>,
): Promise<T> {
  const location = locationOf(options);
  const url = location.kind === 'directory' ? await findRunningServer(location.path) : undefined;
  if (url !== undefined) {
    throw new CliError(`A server has the store open, at ${url}.`, {
      hint: 'Keys are kept in its directory: stop it first.',
    });
  }
  if (!mayCreate) await mustHaveStore(location);
  return withStore(location, mayCreate ? 'empty' : 'never', run);
}
