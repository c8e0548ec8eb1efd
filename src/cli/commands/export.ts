import { Command } from 'commander';
import type { ExportReport, ExportSelection } from '../../store/index.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import { addDataOptions, resolveDataOptions, type DataOptions } from '../data-options.ts';
import type { Output } from '../exporting/file-output.ts';
import { plural } from '../format/duration.ts';
import { Progress } from '../progress.ts';
import { withInterrupt } from '../signals.ts';
import type { ProjectApi, Store } from '../store-types.ts';
import { write, writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withProject } from '../with-project.ts';

interface ExportCommandOptions extends DataOptions {
  readonly all?: boolean;
  readonly output?: string;
}

const examples = `
Without an option, the threads of --user in --project are taken. A fork takes with it what it inherits
from a thread that is not taken. Keys, tokens and promised work stay with their store; what else was not
taken is said. Through a server (--url, or a store that is being served) only what the user may read
is written, without times, runs and forks.

Examples:
  skein export --all --output backup.jsonl.gz     the whole store, compressed
  skein export --project shop --output shop.jsonl
  skein export --user ada --output ada.jsonl
  skein export THREAD | jq -c 'select(.table == "items") | .row.parts'

\`skein import\` restores such a file.`;

export const exportCommand: CreateCommand = (terminal) =>
  addDataOptions(new Command('export'))
    .description('export a store, or a part of it, as JSON lines')
    .argument('[threads...]', 'ids of threads')
    .option('--all', 'everything: all projects and users')
    .option('-o, --output <file>', 'file to write, compressed if it ends in .gz; default: stdout')
    .addHelpText('after', examples)
    .action(async (threadIds: string[], given: ExportCommandOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
      const selection = selectionOf(options, threadIds, isGiven);
      await runExport(terminal, options, { selection, threadIds, isWide: isWide(selection) });
    });

function selectionOf(
  { all = false, project: projectId, user: userId }: ExportCommandOptions,
  threadIds: readonly string[],
  isGiven: (name: string) => boolean,
): ExportSelection {
  const [hasProject, hasUser] = [isGiven('project'), isGiven('user')];
  if (all) {
    const isNarrowed = hasProject || hasUser || threadIds.length > 0;
    if (isNarrowed) throw usageError('--all takes everything, so it stands alone.');
    return {};
  }
  if (threadIds.length > 0) {
    return { threadIds, ...(hasProject && { projectId }), ...(hasUser && { userId }) };
  }
  return hasProject && !hasUser ? { projectId } : { projectId, userId };
}

/** Whether it needs more than what one user may read. */
function isWide({ userId, threadIds }: ExportSelection): boolean {
  return userId === undefined && threadIds === undefined;
}

interface Wanted {
  readonly selection: ExportSelection;
  readonly threadIds: readonly string[];
  readonly isWide: boolean;
}

interface Exported {
  readonly threads: number;
  readonly items: number;
  readonly notTaken?: ExportReport['notTaken'];
  readonly changed?: number;
  readonly notes: readonly string[];
}

async function runExport(
  terminal: Terminal,
  options: ExportCommandOptions,
  wanted: Wanted,
): Promise<void> {
  const { notes, ...report } = await withProject(
    options,
    { mayCreate: false },
    ({ project, store }) =>
      withInterrupt((signal) =>
        withOutput(terminal, options.output, (output) =>
          store === undefined
            ? writeThreads(terminal, project, { ...wanted, output, signal })
            : writeWhole(terminal, store, { ...wanted, output, signal }),
        ),
      ),
  );
  const { out, err } = terminal;
  const stream = options.output === undefined ? err : out;
  if (options.json) return writeJsonLine(stream, report);
  const { threads, items } = report;
  const lines = [`Exported ${plural(threads, 'thread')} with ${plural(items, 'item')}.`, ...notes];
  for (const line of lines) await writeLine(stream, line);
}

async function withOutput<T>(
  { out }: Terminal,
  path: string | undefined,
  run: (output: Output) => Promise<T>,
): Promise<T> {
  if (path === undefined) return run({ write: (text) => write(out, text) });
  const { withFileOutput } = await import('../exporting/file-output.ts');
  return withFileOutput(path, run);
}

interface ExportTarget extends Wanted {
  readonly output: Output;
  readonly signal: AbortSignal;
}

async function writeWhole(
  terminal: Terminal,
  store: Store,
  { selection, output, signal }: ExportTarget,
): Promise<Exported> {
  const { exportNotes, writeStore } = await import('../exporting/store-export.ts');
  const report = await writeStore(terminal, { store, selection, output, signal });
  const { threads, items, notTaken, changed } = report;
  return { threads, items, notTaken, changed, notes: exportNotes(report) };
}

/** Through a server, as its user: in the format of before, which has what the API tells. */
async function writeThreads(
  terminal: Terminal,
  project: ProjectApi,
  { threadIds, isWide: isTooWide, output, signal }: ExportTarget,
): Promise<Exported> {
  if (isTooWide) {
    throw new CliError('A server gives only what one user may read.', {
      hint: 'Stop the server, or export from its database with --database, to take more.',
    });
  }
  const { exportThread, ownThreadIds } = await import('../exporting/export-threads.ts');
  const progress = new Progress(terminal, { verb: 'Exporting', noun: 'threads' });
  const counts = { threads: 0, items: 0 };
  try {
    for await (const id of threadIds.length > 0 ? threadIds : ownThreadIds(project)) {
      for await (const line of exportThread(project, id)) {
        if (signal.aborted) throw new CliError('The export was interrupted; it is not complete.');
        if (line.type === 'item') counts.items++;
        await output.write(`${JSON.stringify(line)}\n`);
      }
      counts.threads++;
      progress.update({ count: counts.threads, done: counts.threads });
    }
  } finally {
    progress.finish();
  }
  if (counts.threads === 0) {
    throw new CliError('Nothing was exported: the user has no threads on the server.', {
      hint: 'Name another with --user or --token. To take all users, stop the server and give --all.',
    });
  }
  return { ...counts, notes: [remoteNote] };
}

const remoteNote =
  'Not taken: times, owners, runs, forks and what else the server does not tell; ' +
  'export from the store itself to keep them.';
