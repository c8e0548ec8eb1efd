import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import { addDataOptions, resolveDataOptions, type DataOptions } from '../data-options.ts';
import type { Output } from '../exporting/file-output.ts';
import { plural } from '../format/duration.ts';
import { Progress } from '../progress.ts';
import { withInterrupt } from '../signals.ts';
import type { ProjectApi } from '../store-types.ts';
import { write, writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withProject } from '../with-project.ts';

interface ExportCommandOptions extends DataOptions {
  readonly output?: string;
}

const examples = `
Examples:
  skein export --output backup.jsonl          all threads of the user, archived ones included
  skein export THREAD | jq -c 'select(.type == "item") | .item.parts'
  skein export | gzip > backup.jsonl.gz

\`skein import\` restores such a file.`;

export const exportCommand: CreateCommand = (terminal) =>
  addDataOptions(new Command('export'))
    .description('export threads as JSON lines')
    .argument('[threads...]', 'ids of threads; default: all of the user')
    .option('-o, --output <file>', 'file to write; default: stdout')
    .addHelpText('after', examples)
    .action(async (threadIds: string[], options: ExportCommandOptions, command: Command) => {
      await runExport(terminal, threadIds, resolveDataOptions(options, command));
    });

interface ExportCounts {
  threads: number;
  items: number;
}

async function runExport(
  terminal: Terminal,
  threadIds: readonly string[],
  options: ExportCommandOptions,
): Promise<void> {
  const counts = await withProject(options, { mayCreate: false }, ({ project }) =>
    withInterrupt((signal) => {
      const run = (output: Output): Promise<ExportCounts> =>
        writeThreads(terminal, project, { threadIds, output, signal });
      return withOutput(terminal, options.output, run);
    }),
  );
  const { out, err } = terminal;
  const stream = options.output === undefined ? err : out;
  if (options.json) return writeJsonLine(stream, counts);
  await writeLine(
    stream,
    `Exported ${plural(counts.threads, 'thread')} with ${plural(counts.items, 'item')}.`,
  );
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

interface ExportTarget {
  readonly threadIds: readonly string[];
  readonly output: Output;
  readonly signal: AbortSignal;
}

async function writeThreads(
  terminal: Terminal,
  project: ProjectApi,
  { threadIds, output, signal }: ExportTarget,
): Promise<ExportCounts> {
  const { exportThread, ownThreadIds } = await import('../exporting/export-threads.ts');
  const progress = new Progress(terminal, { verb: 'Exporting', noun: 'threads' });
  const counts: ExportCounts = { threads: 0, items: 0 };
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
  return counts;
}
