import { Command } from 'commander';
import type { CopyMismatch, CopyProgress, CopyReport } from '../../store/index.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import { formatCount, formatDuration, formatTime, plural } from '../format/duration.ts';
import { safeLine } from '../format/safe-text.ts';
import { formatTable } from '../format/table.ts';
import {
  createEngine,
  databaseForm,
  exampleAddresses,
  identityOf,
  mustHaveStore,
  locationName,
  parseLocation,
  type Location,
} from '../open-database.ts';
import { Progress } from '../progress.ts';
import { findRunningServer } from '../server-file.ts';
import { withInterrupt } from '../signals.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { openError } from '../with-project.ts';

interface CopyCommandOptions {
  readonly from: string;
  readonly to: string;
  readonly json?: boolean;
}

const examples = `
Every row is copied unchanged: threads with their owners, times and forks, deleted ones, server keys. Then
both stores are read back and compared, thread by thread; the exit code is 1 if they differ.

The target must be empty. It cannot be used before the copy is complete. After an interruption, run the same
command again to continue; after the end it only compares. Do not write to the source meanwhile.

Other users of the machine may see a command line: leave a password out of the address and set it in the
environment, as PGPASSWORD.

Examples:
  skein copy --from ${exampleAddresses.directory} --to ${exampleAddresses.file}
  skein copy --from ${exampleAddresses.file} --to ${exampleAddresses.server}`;

export const copyCommand: CreateCommand = (terminal) =>
  new Command('copy')
    .description('copy a store into another database')
    .requiredOption('--from <url>', `the store to copy: ${databaseForm}`)
    .requiredOption('--to <url>', 'the empty database to copy to')
    .option('--json', 'print JSON for machines')
    .addHelpText('after', examples)
    .action(async (options: CopyCommandOptions) => {
      const from = parseLocation(options.from);
      const to = parseLocation(options.to);
      const run = await copy(terminal, from, to);
      await printReport(terminal, options, { from, to }, run);
      if (run.report.mismatchCount > 0) throw mismatchError(run.report);
    });

interface CopyRun {
  readonly report: CopyReport;
  readonly elapsedMs: number;
}

async function copy(terminal: Terminal, from: Location, to: Location): Promise<CopyRun> {
  if (from.kind === 'memory' || to.kind === 'memory') {
    throw usageError('A store in memory ends with its process, so it cannot be copied.');
  }
  await checkSource(from);
  const source = await identityOf(from);
  if (source === (await identityOf(to))) throw usageError('--from and --to name the same store.');
  await mustNotBeServed(to);
  const [fromEngine, toEngine] = [
    await createEngine(from, { migrate: 'never' }),
    await createEngine(to, { migrate: 'empty' }),
  ];
  const { copyStore, migrateStore } = await import('../../store/index.ts');
  // One after the other, so that a failure names the place that cannot be opened, the source first.
  for (const [engine, location] of [[fromEngine, from] as const, [toEngine, to] as const]) {
    try {
      await migrateStore(engine);
    } catch (error) {
      throw openError(error, location);
    }
  }
  const bars = new CopyBars(terminal);
  const report = await withInterrupt(async (signal) => {
    try {
      const onProgress = (progress: CopyProgress): void => bars.update(progress);
      return await copyStore({ from: fromEngine, to: toEngine, source, signal, onProgress });
    } catch (error) {
      throw signal.aborted ? interruptedError(error) : error;
    } finally {
      bars.finish();
    }
  });
  return { report, elapsedMs: bars.elapsedMs };
}

async function checkSource(location: Location): Promise<void> {
  await mustHaveStore(location);
  await mustNotBeServed(location);
}

/** The engine would only say that the directory is in use; this names the server. */
async function mustNotBeServed(location: Location): Promise<void> {
  if (location.kind !== 'directory') return;
  const url = await findRunningServer(location.path);
  if (url === undefined) return;
  throw new CliError(`The store in ${location.path} is being served at ${url}.`, {
    hint: 'Stop the server first: a store must not be written to while it is copied.',
  });
}

const verbs: Readonly<Record<CopyProgress['step'], string>> = {
  counting: 'Counting',
  copying: 'Copying',
  verifying: 'Verifying',
};

/** A progress bar for each step. */
class CopyBars {
  readonly #terminal: Terminal;
  readonly #startedMs = performance.now();
  #step: CopyProgress['step'] | undefined;
  #progress: Progress | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  update({ step, threads, done, total }: CopyProgress): void {
    if (step !== this.#step) {
      this.finish();
      this.#step = step;
      this.#progress = new Progress(this.#terminal, { verb: verbs[step], noun: 'threads' });
    }
    const whole = step === 'counting' ? {} : { total };
    this.#progress!.update({ count: threads, done, ...whole }); // created above
  }

  finish(): void {
    this.#progress?.finish();
    this.#step = undefined;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }
}

async function printReport(
  { out, width }: Terminal,
  { json }: CopyCommandOptions,
  { from, to }: { readonly from: Location; readonly to: Location },
  { report, elapsedMs }: CopyRun,
): Promise<void> {
  const names = { from: locationName(from), to: locationName(to) };
  if (json) return writeJsonLine(out, { ...names, ...report, elapsedMs: Math.round(elapsedMs) });
  const { threads, items, rows, rowsWritten, digest, mismatches } = report;
  if (mismatches.length > 0) return printMismatches(out, width, mismatches);
  const rowCount = Object.values(rows).reduce((sum, count) => sum + count, 0);
  await writeLine(
    out,
    `${verbOf(report)} ${plural(threads, 'thread')} with ${plural(items, 'item')} ` +
      `(${plural(rowCount, 'row')} in all, ${formatCount(rowsWritten)} written now) ` +
      `from ${names.from} to ${names.to} in ${formatDuration(elapsedMs)}.`,
  );
  await writeLine(out, `Verified: both stores have the digest ${digest}.`);
}

function verbOf({ isResumed, finishedAt }: CopyReport): string {
  if (finishedAt !== undefined) {
    return `The copy was finished at ${formatTime(new Date(finishedAt).toISOString())}; compared`;
  }
  return isResumed ? 'Finished copying' : 'Copied';
}

async function printMismatches(
  out: Terminal['out'],
  width: number,
  mismatches: readonly CopyMismatch[],
): Promise<void> {
  const columns = [
    { title: 'WHAT', widthMin: 20 },
    { title: 'ROWS', align: 'right' },
    { title: 'ROWS THERE', align: 'right' },
    { title: 'DIGEST' },
    { title: 'DIGEST THERE' },
  ] as const;
  for (const line of formatTable(columns, mismatches.map(cellsOf), width)) {
    await writeLine(out, line);
  }
}

function cellsOf({ threadId, table, from, to }: CopyMismatch): string[] {
  return [
    safeLine(threadId === undefined ? `table ${table}` : `thread ${threadId}`),
    formatCount(from.rows),
    formatCount(to.rows),
    from.digest.slice(0, 12),
    to.digest.slice(0, 12),
  ];
}

function mismatchError({ mismatchCount, finishedAt }: CopyReport): CliError {
  const found = `The stores differ in ${plural(mismatchCount, 'place')}`;
  if (finishedAt !== undefined) {
    return new CliError(`${found}: one of them has been written to since the copy was finished.`, {
      hint: 'Nothing was changed. To copy again, use an empty target.',
    });
  }
  return new CliError(`${found}: the target is incomplete and cannot be used yet.`, {
    hint: 'Stop all programs that write to either of them, and run the same command again.',
  });
}

function interruptedError(cause: unknown): CliError {
  return new CliError('The copy was interrupted; the target cannot be used yet.', {
    cause,
    hint: 'Run the same command again to continue.',
  });
}
