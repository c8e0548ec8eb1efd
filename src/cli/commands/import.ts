import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Command, Option } from 'commander';
import { CliError, usageError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import { addDataOptions, resolveDataOptions, type DataOptions } from '../data-options.ts';
import { formatCount, formatDuration, plural } from '../format/duration.ts';
import { safeText } from '../format/safe-text.ts';
import type { CreateImporter } from '../importing/importer.ts';
import type { StoreImportRun } from '../importing/import-store.ts';
import { LineError, readLines, type Line } from '../importing/read-lines.ts';
import type { ProjectApi, Store } from '../store-types.ts';
import type { LineFailure, FileReport } from '../importing/import-threads.ts';
import { exampleAddresses } from '../open-database.ts';
import { Progress } from '../progress.ts';
import { withInterrupt } from '../signals.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withProject, type Backend } from '../with-project.ts';

interface ImportCommandOptions extends DataOptions {
  readonly format: keyof typeof formats | typeof checkpointFormat;
  readonly from?: string;
  readonly continueOnError?: boolean;
}

interface FileImportOptions extends ImportCommandOptions {
  readonly format: keyof typeof formats;
}

/** The one format that is a database, not a file. */
const checkpointFormat = 'langgraph';

const formats = {
  skein: async (): Promise<CreateImporter> =>
    (await import('../importing/skein.ts')).createSkeinImporter,
  dialogues: async (): Promise<CreateImporter> =>
    (await import('../importing/dialogues.ts')).createDialoguesImporter,
};

const examples = `
Formats:
  skein      the output of \`skein export\`, compressed or not: owners, times and ids stay
  dialogues  one dialogue a line: {"id", "scenario", "utterances": [{"speaker", "text", "calls"}]}
  langgraph  the database of LangGraph's own savers, named by --from; every checkpoint is compared afterwards

Examples:
  skein import backup.jsonl
  skein import dialogues.jsonl --format dialogues
  skein import backup.jsonl.gz
  skein import --format langgraph --from ${exampleAddresses.server}

Importing a file again adds only what is missing, and a file that is cut off or was changed is refused;
--continue-on-error takes what is there of one. With langgraph, threads belong to --user if it is given, or else to the user_id or userId in their checkpoints' metadata.`;

export const importCommand: CreateCommand = (terminal) =>
  addDataOptions(new Command('import'))
    .description('import threads from a file, or from another store')
    .argument('[file]', 'file to read, or - for stdin')
    .addOption(
      new Option('--format <format>', 'format of what is imported')
        .choices([...Object.keys(formats), checkpointFormat])
        .default('skein'),
    )
    .option('--from <url>', 'the database to import, for the format langgraph')
    .option('--continue-on-error', 'report lines or threads that cannot be imported, and continue')
    .addHelpText('after', examples)
    .action(async (file: string | undefined, given: ImportCommandOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      if (options.format === checkpointFormat) {
        return importCheckpoints(terminal, file, options, command);
      }
      if (options.from !== undefined) {
        throw usageError('--from is for databases.', `Give --format ${checkpointFormat} with it.`);
      }
      if (file === undefined) {
        throw usageError('There is nothing to import.', 'Give a file, or - for stdin.');
      }
      await runImport(terminal, file, { ...options, format: options.format });
    });

async function importCheckpoints(
  terminal: Terminal,
  file: string | undefined,
  options: ImportCommandOptions,
  command: Command,
): Promise<void> {
  const { from, continueOnError = false } = options;
  if (file !== undefined || from === undefined) {
    throw usageError(
      'Checkpoints are imported from a database, not from a file.',
      `Name it with --from ${exampleAddresses.file} or --from ${exampleAddresses.server}.`,
    );
  }
  const isUserNamed = command.getOptionValueSource('user') !== 'default';
  const { runCheckpointImport } = await import('../importing/checkpoints.ts');
  await runCheckpointImport(terminal, { ...options, from, isUserNamed, continueOnError });
}

async function runImport(
  terminal: Terminal,
  file: string,
  options: FileImportOptions,
): Promise<void> {
  const source = await openSource(terminal, file);
  try {
    const { lines, first } = await beginReading(source);
    const { importStore, isStoreExport } = await import('../importing/import-store.ts');
    const isWhole = options.format === 'skein' && isStoreExport(first);
    await withProject(options, { mayCreate: true }, async (backend) => {
      const run = await withInterrupt(async (signal) => {
        // A pipe may stay silent for long; the interrupt must not wait for it.
        signal.addEventListener('abort', () => source.stream.destroy());
        if (!isWhole) return importSource(terminal, options, { source, lines, backend, signal });
        const store = mustBeHere(backend);
        const { size } = source;
        // A pipe cannot be read twice, and --continue-on-error takes what is there of a cut file.
        const isChecked = size !== undefined && options.continueOnError !== true;
        const check = isChecked ? linesOf(await openSource(terminal, file)) : undefined;
        const bytesRead = (): number => source.bytesRead;
        return wholeRun(
          await importStore(terminal, { store, lines, check, signal, size, bytesRead }),
        );
      });
      await printReport(terminal, options, run);
      throwIfFailed(run);
    });
  } finally {
    source.stream.destroy();
  }
}

/** The lines of a file, and the first one, which tells the format. */
async function beginReading(
  source: Source,
): Promise<{ readonly lines: AsyncIterable<Line>; readonly first: Line | undefined }> {
  const reading = linesOf(source);
  try {
    const step = await reading.next();
    const first = step.done ? undefined : step.value;
    return { lines: chained(first, reading), first };
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    throw new CliError(`line ${error.line} ${error.message}`, { cause: error });
  }
}

async function* linesOf(source: Source): AsyncGenerator<Line, void, undefined> {
  const { plainBytes } = await import('../importing/plain-bytes.ts');
  yield* readLines(plainBytes(source.stream, (bytes) => (source.bytesRead += bytes)));
}

async function* chained(
  first: Line | undefined,
  rest: AsyncIterable<Line>,
): AsyncGenerator<Line, void, undefined> {
  if (first) yield first;
  yield* rest;
}

function mustBeHere({ store }: Backend): Store {
  if (store) return store;
  throw new CliError('The export of a store cannot be taken in through a server.', {
    hint: 'Stop the server first, or name the database with --database.',
  });
}

interface Source {
  readonly stream: Readable;
  /** In bytes; unknown for a pipe. */
  readonly size: number | undefined;
  bytesRead: number;
}

/** Opens the file before the store, so that a mistyped name creates no empty store. */
async function openSource(terminal: Terminal, file: string): Promise<Source> {
  if (file === '-') return { stream: terminal.in, size: undefined, bytesRead: 0 };
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) throw new CliError(`${file} is a directory, not a file.`);
    const size = stats.isFile() ? stats.size : undefined;
    return { stream: createReadStream(file), size, bytesRead: 0 };
  } catch (error) {
    // A CliError has no code, errors of stat have one.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw error;
    throw new CliError(`There is no file ${file}.`, { cause: error });
  }
}

/**
 * Threads under way at once: in this process they share commits; a server has other callers, too.
 */
const [concurrencyHere, concurrencyRemote] = [64, 16];
/** Failures kept for the JSON report; each is printed when it happens. */
const failuresKeptMax = 1000;

interface ImportRun {
  readonly report: FileReport;
  readonly failures: readonly LineFailure[];
  readonly elapsedMs: number;
  readonly isInterrupted: boolean;
  /** Of the export of a store. */
  readonly whole?: StoreImportRun['report'];
}

function wholeRun({ report, failures, elapsedMs }: StoreImportRun): ImportRun {
  const { threadsCreated, threadsFound, itemsAdded, failed } = report;
  const counts = { threadsCreated, threadsFound, itemsAdded, failed, isComplete: true };
  return { report: counts, failures, elapsedMs, isInterrupted: false, whole: report };
}

async function importSource(
  terminal: Terminal,
  options: FileImportOptions,
  {
    source,
    lines,
    backend,
    signal,
  }: { source: Source; lines: AsyncIterable<Line>; backend: Backend; signal: AbortSignal },
): Promise<ImportRun> {
  const { importThreads } = await import('../importing/import-threads.ts');
  const createImporter = await formats[options.format]();
  const progress = new Progress(terminal, { verb: 'Importing', noun: 'threads' });
  const failures: LineFailure[] = [];
  const report = await importThreads(lines, createImporter(importingProject(backend, options)), {
    signal,
    concurrency: backend.isRemote ? concurrencyRemote : concurrencyHere,
    continueOnError: options.continueOnError ?? false,
    onProgress: ({ threads }) =>
      progress.update({
        count: threads,
        done: source.bytesRead,
        ...(source.size === undefined ? {} : { total: source.size }),
      }),
    onFailure: (failure) => {
      progress.finish();
      terminal.err.write(`line ${failure.line}: ${safeText(failure.message)}\n`);
      if (failures.length < failuresKeptMax) failures.push(failure);
    },
  });
  progress.finish();
  return { report, failures, elapsedMs: progress.elapsedMs, isInterrupted: signal.aborted };
}

/** Writes for all who have spoken in a thread, as a server of the store may. */
function importingProject({ store, project }: Backend, options: FileImportOptions): ProjectApi {
  return store?.project(options.project).as({ userId: options.user, isServer: true }) ?? project;
}

async function printReport(
  { out }: Terminal,
  { json }: FileImportOptions,
  run: ImportRun,
): Promise<void> {
  const { report, failures, elapsedMs, whole } = run;
  if (!json) {
    const { importNotes } = await import('../importing/import-store.ts');
    const notes = whole ? importNotes(whole) : [];
    for (const line of [summaryOf(run), ...notes]) await writeLine(out, line);
    return;
  }
  const { stoppedBy, ...counts } = report;
  await writeJsonLine(out, {
    ...counts,
    ...whole,
    failures,
    ...(stoppedBy === undefined ? {} : { stoppedBy: stoppedBy.message }),
    durationMs: Math.round(elapsedMs),
  });
}

/** `Imported 2,000 threads with 24,082 items in 3.0 s (667 threads/s).` */
function summaryOf({ report, elapsedMs, whole }: ImportRun): string {
  const { threadsCreated, threadsFound, itemsAdded } = report;
  if (threadsCreated === 0 && itemsAdded === 0 && !whole?.threadsContinued) {
    if (whole && whole.rowsAdded > 0) return `Imported ${plural(whole.rowsAdded, 'row')}.`;
    if (threadsFound === 0) return 'Nothing was imported.';
    const what =
      threadsFound === 1 ? 'the thread exists' : `all ${formatCount(threadsFound)} threads exist`;
    return `Nothing new: ${what} already.`;
  }
  const elapsed =
    elapsedMs < 60_000 ? `${(elapsedMs / 1000).toFixed(1)} s` : formatDuration(elapsedMs);
  const rate = Math.round((threadsCreated + threadsFound) / Math.max(elapsedMs / 1000, 0.001));
  const found = threadsFound === 0 ? '' : ` ${plural(threadsFound, 'thread')} existed already.`;
  return (
    `Imported ${plural(threadsCreated, 'thread')} with ${plural(itemsAdded, 'item')} ` +
    `in ${elapsed} (${formatCount(rate)} threads/s).${found}`
  );
}

function throwIfFailed({ report, isInterrupted, whole }: ImportRun): void {
  const { failed, stoppedBy } = report;
  const hint = 'Import the file again to continue: nothing is imported twice.';
  if (stoppedBy)
    throw new CliError(`The import stopped: ${stoppedBy.message}`, { hint, cause: stoppedBy });
  if (isInterrupted) throw new CliError('The import was interrupted.', { hint });
  if (failed === 0) return;
  if (whole) {
    throw new CliError(`${plural(failed, 'thread')} could not be imported.`, {
      hint: 'The others are in the store; the threads that it has under these ids were not changed.',
    });
  }
  const what = failed === 1 ? 'A line' : `${formatCount(failed)} lines`;
  throw new CliError(`${what} could not be imported.`, {
    hint: report.isComplete
      ? 'Correct them and import the file again: nothing is imported twice.'
      : 'Correct it and import the file again, or give --continue-on-error to import the rest.',
  });
}
