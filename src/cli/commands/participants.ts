import { Command, Option } from 'commander';
import { answerRules, type AnswerRule } from '../../api/participation.ts';
import { isAgentId } from '../../shared/validate.ts';
import { CliError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import { addDataOptions, resolveDataOptions, type DataOptions } from '../data-options.ts';
import { formatTime } from '../format/duration.ts';
import { safeLine } from '../format/safe-text.ts';
import { printPages } from '../print-pages.ts';
import { readPages } from '../read-pages.ts';
import type { Participant, ParticipantPatch } from '../store-types.ts';
import { writeJsonLine, type Terminal } from '../terminal.ts';
import { withProject, type Backend } from '../with-project.ts';

const examples = `
Examples:
  skein participants list THREAD
  skein participants add THREAD grace alan
  skein participants add THREAD mo --moderator
  skein participants add THREAD agent:helper --answers always
  skein participants remove THREAD alan
  skein participants ban THREAD troll

Added users take part at once, and read what was said before. The commands act as --user, who must
be the thread's owner or one of its moderators. Agents are those of a running server's configuration:
for a database that it shares, name the server with --url.`;

export const participantsCommand: CreateCommand = (terminal) =>
  new Command('participants')
    .description('list, add, remove and ban the participants of a thread')
    .addHelpText('after', examples)
    .addCommand(listCommand(terminal))
    .addCommand(addCommand(terminal))
    .addCommand(removeCommand(terminal))
    .addCommand(changeCommand(terminal, 'ban', 'keep users out', { state: 'banned' }))
    .addCommand(changeCommand(terminal, 'unban', 'let users in again', { state: 'joined' }));

function listCommand(terminal: Terminal): Command {
  return addDataOptions(new Command('list'))
    .description('list the participants of a thread')
    .argument('<thread>', 'id of the thread')
    .action((threadId: string, given: DataOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      return withProject(options, { mayCreate: false }, ({ project }) => {
        const pages = readPages((page) => project.participants.list(threadId, page), {
          limit: Number.POSITIVE_INFINITY,
        });
        return printPages(terminal, pages, {
          isJson: options.json === true,
          columns: [{ title: 'USER' }, { title: 'ROLE' }, { title: 'SINCE' }, { title: 'ANSWERS' }],
          cellsOf: ({ userId, role, joinedAt, answers }: Participant) => [
            safeLine(userId),
            role,
            formatTime(joinedAt),
            answers ?? '',
          ],
          none: 'No participants.',
        });
      });
    });
}

interface AddOptions extends DataOptions {
  readonly moderator?: boolean;
  readonly answers?: AnswerRule;
}

function addCommand(terminal: Terminal): Command {
  return addDataOptions(new Command('add'))
    .description('add users to a thread')
    .argument('<thread>', 'id of the thread')
    .argument('<users...>', 'ids of the users')
    .option('--moderator', 'as moderators, who add, remove and hide')
    .addOption(
      new Option('--answers <rule>', 'when agents answer (default: mentioned)').choices(
        answerRules,
      ),
    )
    .action((threadId: string, users: string[], given: AddOptions, command: Command) =>
      change(terminal, { given, command }, ({ project, isRemote }) => {
        if (!isRemote && users.some(isAgentId)) throw noAgentsError();
        const { moderator, answers } = given;
        const settings = {
          ...(moderator && { role: 'moderator' as const }),
          ...(answers && { answers }),
        };
        return project.participants.add(
          threadId,
          users.map((userId) => ({ userId, ...settings })),
        );
      }),
    );
}

/** A command that opens the store itself reads no configuration, so no agent would answer. */
function noAgentsError(): CliError {
  return new CliError('Only a running server knows the agents.', {
    hint: 'Start `skein serve` with the configuration that has them, and name it with --url.',
  });
}

function removeCommand(terminal: Terminal): Command {
  return addDataOptions(new Command('remove'))
    .description('take users out of a thread; what they wrote stays')
    .argument('<thread>', 'id of the thread')
    .argument('<users...>', 'ids of the users')
    .action((threadId: string, users: string[], given: DataOptions, command: Command) =>
      change(terminal, { given, command }, async ({ project }) => {
        await project.participants.remove(threadId, users);
        return [];
      }),
    );
}

function changeCommand(
  terminal: Terminal,
  name: string,
  description: string,
  patch: ParticipantPatch,
): Command {
  return addDataOptions(new Command(name))
    .description(description)
    .argument('<thread>', 'id of the thread')
    .argument('<users...>', 'ids of the users')
    .action((threadId: string, users: string[], given: DataOptions, command: Command) =>
      change(terminal, { given, command }, ({ project }) =>
        project.participants.update(
          threadId,
          users.map((userId) => ({ userId, ...patch })),
        ),
      ),
    );
}

/** Runs a change, and prints what it gives. */
async function change(
  terminal: Terminal,
  { given, command }: { readonly given: DataOptions; readonly command: Command },
  run: (backend: Backend) => Promise<readonly Participant[]>,
): Promise<void> {
  const options = resolveDataOptions(given, command);
  await withProject(options, { mayCreate: false }, async (backend) => {
    const changed = await run(backend);
    if (options.json) for (const one of changed) await writeJsonLine(terminal.out, one);
    else terminal.err.write('Done.\n');
  });
}
