import type { CheckpointSource } from '../../adapters/langgraph/import/checkpoint-source.ts';
import type {
  ImportCheckpointsReport,
  ThreadFailure,
} from '../../adapters/langgraph/import/import-checkpoints.ts';
import type { SourceLocation } from '../../adapters/langgraph/import/open-source.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { DataOptions } from '../data-options.ts';
import { formatDuration, plural } from '../format/duration.ts';
import { safeLine, safeText } from '../format/safe-text.ts';
import {
  exampleAddresses,
  locationOf,
  locationName,
  parseLocation,
  type Location,
} from '../open-database.ts';
import { Progress } from '../progress.ts';
import { findRunningServer } from '../server-file.ts';
import { withInterrupt } from '../signals.ts';
import type { Store } from '../store-types.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withStore } from '../with-project.ts';

interface CheckpointImportOptions extends DataOptions {
  readonly from: string;
  /** Whether `user` was given, and is not the default. */
  readonly isUserNamed: boolean;
  readonly continueOnError: boolean;
}

/** Imports the checkpoints of LangGraph's own savers into a store, and prints a summary. */
export async function runCheckpointImport(
  terminal: Terminal,
  options: CheckpointImportOptions,
): Promise<void> {
  const from = sourceOf(options.from);
  const to = await targetOf(options);
  const { openSource } = await loadAdapter(
    () => import('../../adapters/langgraph/import/open-source.ts'),
  );
  // Opened before the store, so that a mistyped name creates no empty store.
  await using source = await openSource(from);
  await withStore(to, 'empty', async (store) => {
    const run = await withInterrupt((signal) =>
      importAll(terminal, options, { source, store, signal }),
    );
    await printReport(terminal, options, { from: locationName(from), to: locationName(to) }, run);
    throwIfFailed(run);
  });
}

function sourceOf(address: string): SourceLocation {
  const location = parseLocation(address);
  if (location.kind === 'file' || location.kind === 'server') return location;
  throw usageError(
    'LangGraph cannot keep checkpoints there.',
    `Use ${exampleAddresses.file} or ${exampleAddresses.server}.`,
  );
}

/** HTTP has no route for checkpoints: this opens the store itself. */
async function targetOf(options: CheckpointImportOptions): Promise<Location> {
  const hint = 'Stop the server, or name the store with --data or --database.';
  if (options.url !== undefined) {
    throw usageError('Checkpoints cannot be imported through a server.', hint);
  }
  const location = locationOf(options);
  if (location.kind !== 'directory') return location;
  const url = await findRunningServer(location.path);
  if (url === undefined) return location;
  throw new CliError(`The store in ${location.path} is being served at ${url}.`, {
    hint: 'Stop the server first: checkpoints are written to the store itself.',
  });
}

const packages = '@langchain/core @langchain/langgraph-checkpoint';

async function loadAdapter<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === missingCode;
    if (!isMissing) throw error;
    throw new CliError('LangGraph could not be loaded.', {
      cause: error,
      hint: `Install it beside skein: npm install ${packages}`,
    });
  }
}

const missingCode = 'ERR_MODULE_NOT_FOUND';
const failuresKeptMax = 1000;

interface CheckpointImport {
  readonly report: ImportCheckpointsReport;
  readonly failures: readonly ThreadFailure[];
  readonly elapsedMs: number;
}

async function importAll(
  terminal: Terminal,
  options: CheckpointImportOptions,
  { source, store, signal }: { source: CheckpointSource; store: Store; signal: AbortSignal },
): Promise<CheckpointImport> {
  const { importCheckpoints } = await loadAdapter(
    () => import('../../adapters/langgraph/import/import-checkpoints.ts'),
  );
  const progress = new Progress(terminal, { verb: 'Importing', noun: 'checkpoints' });
  const failures: ThreadFailure[] = [];
  try {
    const report = await importCheckpoints({
      source,
      store,
      projectId: options.project,
      ...(options.isUserNamed && { userId: options.user }),
      defaultUserId: options.user,
      continueOnError: options.continueOnError,
      signal,
      onProgress: ({ checkpoints, done, total }) =>
        progress.update({ count: checkpoints, done, total }),
      onFailure: (failure) => {
        progress.finish();
        const line = `thread ${safeLine(failure.threadId)}: ${safeText(failure.message)}\n`;
        terminal.err.write(line);
        if (failures.length < failuresKeptMax) failures.push(failure);
      },
    });
    return { report, failures, elapsedMs: progress.elapsedMs };
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CliError('The import was interrupted.', { hint: goesOn, cause: error });
  } finally {
    progress.finish();
  }
}

const goesOn = 'Run the same command again to continue: nothing is imported twice.';

async function printReport(
  { out, err }: Terminal,
  { json }: CheckpointImportOptions,
  names: { readonly from: string; readonly to: string },
  { report, failures, elapsedMs }: CheckpointImport,
): Promise<void> {
  if (json) {
    const durationMs = Math.round(elapsedMs);
    return writeJsonLine(out, { ...names, ...report, failures, durationMs });
  }
  for (const { threadId, namespace, id, parts } of report.mismatches) {
    const where = namespace === '' ? '' : ` of ${safeLine(namespace)}`;
    err.write(
      `thread ${safeLine(threadId)}, checkpoint ${safeLine(id)}${where}: ${parts.join(', ')} differ\n`,
    );
  }
  const { threads, checkpoints, checkpointsAdded, writes, mismatchCount } = report;
  const added =
    checkpointsAdded === checkpoints
      ? ''
      : ` (${checkpoints - checkpointsAdded} of them existed already)`;
  await writeLine(
    out,
    `Imported ${plural(threads, 'thread')} with ${plural(checkpoints, 'checkpoint')}${added} and ` +
      `${plural(writes, 'pending write')} from ${names.from} to ${names.to} in ${formatDuration(elapsedMs)}.`,
  );
  if (mismatchCount > 0 || checkpoints === 0) return;
  await writeLine(out, 'Verified: every checkpoint reads the same through both savers.');
}

function throwIfFailed({ report: { failed, mismatchCount, isComplete } }: CheckpointImport): void {
  if (mismatchCount > 0) {
    throw new CliError(
      `${plural(mismatchCount, 'checkpoint')} cannot be read back as in the source.`,
      {
        hint: 'Stop all programs that write to either of them, and run the same command again.',
      },
    );
  }
  if (failed === 0) return;
  throw new CliError(`${plural(failed, 'thread')} could not be imported.`, {
    hint: isComplete ? goesOn : `Give --continue-on-error to import the others. ${goesOn}`,
  });
}
