import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import {
  addDataOptions,
  resolveDataOptions,
  wholeNumber,
  type DataOptions,
} from '../data-options.ts';
import { safeLine } from '../format/safe-text.ts';
import { printPages } from '../print-pages.ts';
import { readPages } from '../read-pages.ts';
import type { ProjectApi, User } from '../store-types.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withProject } from '../with-project.ts';

const examples = `
The name and picture of a user are those that its tokens claim, until they are set here. On a server that asks
for credentials these commands take a server key (--token).

Examples:
  skein users set ada --name "Ada Lovelace" --avatar /avatars/ada.png
  skein users show ada
  skein users list --json | jq -r .displayName`;

export const usersCommand: CreateCommand = (terminal) =>
  new Command('users')
    .description('list, show and set the users of a project')
    .addHelpText('after', examples)
    .addCommand(listCommand(terminal))
    .addCommand(showCommand(terminal))
    .addCommand(setCommand(terminal));

type Users = ProjectApi['users'];

/** With access to the store itself, the command is the host's own program. */
function withUsers<T>(
  options: DataOptions,
  mayCreate: boolean,
  run: (users: Users) => Promise<T>,
): Promise<T> {
  return withProject(options, { mayCreate }, ({ store, project }) => {
    const own = store?.as({ projectId: options.project, isServer: true });
    return run((own ?? project).users);
  });
}

interface ListOptions extends DataOptions {
  readonly limit: number;
}

function listCommand(terminal: Terminal): Command {
  return addDataOptions(new Command('list'))
    .description('list the users of whom more than the id is known')
    .option('--limit <number>', 'how many', wholeNumber(1, 10_000), 50)
    .action(async (given: ListOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      await withUsers(options, false, (users) =>
        printPages<User>(
          terminal,
          readPages((page) => users.list(page), options),
          {
            isJson: options.json ?? false,
            columns: [
              { title: 'ID' },
              { title: 'NAME', widthMin: 12 },
              { title: 'KIND' },
              { title: 'AVATAR', widthMin: 12 },
            ],
            cellsOf: cellsOfUser,
            none: 'No users.',
          },
        ),
      );
    });
}

function cellsOfUser({ id, displayName, kind, avatarUrl }: User): string[] {
  return [safeLine(id), safeLine(displayName ?? ''), kind, safeLine(avatarUrl ?? '')];
}

function showCommand(terminal: Terminal): Command {
  return addDataOptions(new Command('show'))
    .description('show a user')
    .argument('<id>', 'id of the user')
    .action(async (id: string, given: DataOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      const user = await withUsers(options, false, (users) => users.get(id));
      await printUser(terminal, options, user);
    });
}

interface SetOptions extends DataOptions {
  readonly name?: string;
  readonly avatar?: string;
}

function setCommand(terminal: Terminal): Command {
  return addDataOptions(new Command('set'))
    .description('set the name or the picture of a user; an empty one takes it away')
    .argument('<id>', 'id of the user')
    .option('--name <text>', 'what others call the user')
    .option('--avatar <url>', 'an https address, or a path of the server')
    .action(async (id: string, given: SetOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      const { name, avatar } = options;
      if (name === undefined && avatar === undefined)
        throw usageError('Nothing to set.', 'Give --name or --avatar.');
      const change = {
        id,
        ...(name !== undefined && { displayName: name || null }),
        ...(avatar !== undefined && { avatarUrl: avatar || null }),
      };
      const [user] = await withUsers(options, true, (users) => users.put([change]));
      if (user) await printUser(terminal, options, user);
    });
}

async function printUser(terminal: Terminal, { json }: DataOptions, user: User): Promise<void> {
  if (json) return writeJsonLine(terminal.out, user);
  const { displayName, kind, avatarUrl, metadata } = user;
  const lines = [
    `${safeLine(user.id)} · ${kind}`,
    `name: ${safeLine(displayName ?? '(unknown)')}`,
    `avatar: ${safeLine(avatarUrl ?? '(none)')}`,
    ...(metadata ? [`metadata: ${safeLine(JSON.stringify(metadata))}`] : []),
  ];
  for (const line of lines) await writeLine(terminal.out, line);
}
