import { Command, CommanderError } from 'commander';
import type { CreateCommand } from './create-command.ts';
import type { Terminal } from './terminal.ts';
import { readVersion } from './version.ts';
import { SkeinError, type ErrorCode } from '../shared/error.ts';
import { CliError } from './cli-error.ts';
import { safeText } from './format/safe-text.ts';
import { endWithReader } from './lost-reader.ts';

/** 0 done, 1 failed, 2 wrong usage. */
type ExitCode = 0 | 1 | 2;

/** In the order of the help. Each is loaded on demand, so that starting stays quick. */
const loaders: Readonly<Record<string, () => Promise<CreateCommand>>> = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  threads: async () => (await import('./commands/threads.ts')).threadsCommand,
  show: async () => (await import('./commands/show.ts')).showCommand,
  append: async () => (await import('./commands/append.ts')).appendCommand,
  participants: async () => (await import('./commands/participants.ts')).participantsCommand,
  share: async () => (await import('./commands/share.ts')).shareCommand,
  keys: async () => (await import('./commands/keys.ts')).keysCommand,
  users: async () => (await import('./commands/users.ts')).usersCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  copy: async () => (await import('./commands/copy.ts')).copyCommand,
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
  bench: async () => (await import('./commands/bench.ts')).benchCommand,
};

/** Runs one command line, and never rejects. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  endWithReader(terminal);
  try {
    const program = createProgram(terminal, await loadCommands(args));
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has printed the help or its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(terminal, error);
  }
}

/**
 * The command that the line names, or all of them if it names none, as for the help or a mistyped
 * name.
 */
async function loadCommands([name = '']: readonly string[]): Promise<CreateCommand[]> {
  if (isVersionOption(name)) return [];
  const named = Object.hasOwn(loaders, name) ? [loaders[name]!] : Object.values(loaders);
  return Promise.all(named.map((load) => load()));
}

function isVersionOption(name: string): boolean {
  return name === '--version' || name === '-V';
}

function createProgram(terminal: Terminal, commands: readonly CreateCommand[]): Command {
  const program = new Command('skein')
    .description('The thread-first store for every kind of conversation.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples);
  for (const create of commands) program.addCommand(create(terminal));
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands: inner }) => inner),
  ]) {
    configure(command, terminal);
  }
  return program;
}

const examples = `
Examples:
  skein serve                                  serve the store in ./data on http://127.0.0.1:4000
  skein import dialogues.jsonl --format dialogues
  skein threads                                list threads, most recent first
  skein show THREAD --follow                   read a thread, and what comes
  skein append THREAD "Hello" --role user
  skein export --output backup.jsonl

Every command says more with --help.`;

function configure(command: Command, terminal: Terminal): void {
  command
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHelpWidth: () => Math.min(terminal.width, 100),
      getErrHelpWidth: () => Math.min(terminal.errWidth, 100),
    });
}

/** Advice for errors whose message cannot know about the command line. */
const hints: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'Give a server key or token with --token or SKEIN_TOKEN.',
  forbidden: 'Act as another user, with --user or --token.',
  not_found:
    '`skein threads` lists the threads; --data, --user and --token decide which store and whose.',
  rate_limited: 'Try again later.',
};

/**
 * Prints an error in one sentence with advice, and returns the exit code. `DEBUG=1` adds the stack.
 */
function reportError(terminal: Terminal, error: unknown): 1 | 2 {
  const { err, errColors, env } = terminal;
  const { message, hint, exitCode } = describe(error);
  err.write(`${errColors.red('error:')} ${safeText(message)}\n`);
  if (hint !== undefined) err.write(`${safeText(hint)}\n`);
  if ((env.DEBUG ?? '') !== '') err.write(`${stackOf(error)}\n`);
  return exitCode;
}

function describe(error: unknown): { message: string; hint: string | undefined; exitCode: 1 | 2 } {
  if (error instanceof CliError) return error;
  if (error instanceof SkeinError) {
    return { message: error.message, hint: hints[error.code], exitCode: 1 };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (isSystemError(error)) return { message, hint: undefined, exitCode: 1 };
  return {
    message: `Something unexpected happened: ${message}`,
    hint: 'Set DEBUG=1 to see where.',
    exitCode: 1,
  };
}

/** The message of an operating system error names the operation and the file. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
