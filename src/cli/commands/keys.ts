import { Command } from 'commander';
import type { CreateCommand } from '../create-command.ts';
import {
  addStoreOptions,
  defaultProject,
  resolveDataOptions,
  wholeNumber,
  type DataOptions,
} from '../data-options.ts';
import { formatTime } from '../format/duration.ts';
import { safeLine } from '../format/safe-text.ts';
import { formatTable } from '../format/table.ts';
import { keysInStore, keysOnServer, type KeyCalls } from '../key-calls.ts';
import { locationOf, mustHaveStore } from '../open-database.ts';
import { printPages } from '../print-pages.ts';
import { readPages } from '../read-pages.ts';
import { findRunningServer } from '../server-file.ts';
import type { TokenInfo } from '../store-types.ts';
import { threadEndpoints } from '../../api/operations/threads.ts';
import { pathTo } from '../../protocol/path.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withStore } from '../with-project.ts';

const threadsPath = pathTo(threadEndpoints.listThreads, {});

const examples = `
A server key acts for any user of its project, named by the header X-User-Id. Keys are kept in the
store, hashed. While a server has a directory open, these commands go through the server, with an
operator key that it keeps in the directory. A revoked key ends at once, with the tokens that it has
minted and with what was opened with them. A rotated one keeps its old secret for the time of grace.

Examples:
  skein keys create backend
  skein keys rotate 01890a5d-… --grace 86400
  curl -H "Authorization: Bearer sk_…" -H "X-User-Id: u1" http://127.0.0.1:4000${threadsPath}`;

export const keysCommand: CreateCommand = (terminal) =>
  new Command('keys')
    .description('create, list, rotate and revoke server keys')
    .addHelpText('after', examples)
    .addCommand(createKeyCommand(terminal))
    .addCommand(listKeysCommand(terminal))
    .addCommand(rotateKeyCommand(terminal))
    .addCommand(listTokensCommand(terminal))
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
      const key = await withKeys(options, true, (keys) =>
        keys.create({ projectId: options.project, name }),
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
      const { data, operators } = await withKeys(options, false, (keys) => keys.list());
      if (options.json) {
        for (const key of data) await writeJsonLine(terminal.out, key);
        for (const key of operators)
          await writeJsonLine(terminal.out, { kind: 'operator', ...key });
        return;
      }
      if (data.length === 0) terminal.err.write('No server keys.\n');
      const rows = [...data, ...operators.map((key) => ({ ...key, projectId: '(operator)' }))].map(
        ({ id, projectId, name, createdAt }) => [
          id,
          safeLine(projectId),
          safeLine(name),
          formatTime(createdAt),
        ],
      );
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

interface RotateKeyOptions extends DataOptions {
  readonly grace: number;
}

function rotateKeyCommand(terminal: Terminal): Command {
  return addStoreOptions(new Command('rotate'))
    .description('give a key a new secret and print it, only this once')
    .argument('<id>', 'id of the key')
    .option(
      '--grace <seconds>',
      'how long the old secret stays good',
      wholeNumber(0, 604_800),
      3600,
    )
    .action(async (id: string, given: RotateKeyOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      const key = await withKeys(options, false, (keys) => keys.rotate(id, options.grace));
      if (options.json) return writeJsonLine(terminal.out, key);
      const until = key.formerSecretUntil;
      const end = until === undefined ? 'has ended' : `ends at ${formatTime(until)}`;
      terminal.err.write(`The old secret ${end}. The new one is shown only now:\n`);
      return writeLine(terminal.out, key.secret);
    });
}

interface ListTokensOptions extends DataOptions {
  readonly limit: number;
}

function listTokensCommand(terminal: Terminal): Command {
  return addStoreOptions(new Command('tokens'))
    .description('list the user tokens that a key has minted, newest first')
    .argument('<id>', 'id of the key')
    .option('--limit <number>', 'how many', wholeNumber(1, 10_000), 50)
    .action(async (id: string, given: ListTokensOptions, command: Command) => {
      const { limit, json = false, ...options } = resolveDataOptions(given, command);
      await withKeys(options, false, (keys) =>
        printPages<TokenInfo>(
          terminal,
          readPages((page) => keys.tokens(id, page), { limit }),
          {
            isJson: json,
            columns: [
              { title: 'ID' },
              { title: 'USER' },
              { title: 'CREATED' },
              { title: 'EXPIRES' },
            ],
            cellsOf: (token) => [
              token.id,
              safeLine(token.userId),
              formatTime(token.createdAt),
              formatTime(token.expiresAt),
            ],
            none: 'No tokens.',
          },
        ),
      );
    });
}

function revokeKeyCommand(terminal: Terminal): Command {
  return addStoreOptions(new Command('revoke'))
    .description('revoke a key or a token for good')
    .argument('<id>', 'id of the key or token')
    .action(async (id: string, given: DataOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      await withKeys(options, false, (keys) => keys.revoke(id));
      if (options.json) await writeJsonLine(terminal.out, { id, revoked: true });
      else await writeLine(terminal.out, `Revoked ${safeLine(id)}.`);
    });
}

/**
 * Keys belong to the operator: working with them takes access to the store itself, or, while a
 * server has a directory open, to the operator key that the server keeps there.
 */
async function withKeys<T>(
  options: DataOptions,
  mayCreate: boolean,
  run: (keys: KeyCalls) => Promise<T>,
): Promise<T> {
  const location = locationOf(options);
  if (location.kind === 'directory') {
    const url = await findRunningServer(location.path);
    if (url !== undefined) return run(await keysOnServer(url, location.path));
  }
  if (!mayCreate) await mustHaveStore(location);
  return withStore(location, mayCreate ? 'empty' : 'never', (store) => run(keysInStore(store)));
}
