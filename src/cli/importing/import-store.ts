import type { ImportReport } from '../../store/index.ts';
import { isObject } from '../../shared/json.ts';
import { SkeinError } from '../../shared/error.ts';
import { CliError } from '../cli-error.ts';
import { plural } from '../format/duration.ts';
import { safeLine, safeText } from '../format/safe-text.ts';
import { Progress } from '../progress.ts';
import type { Store } from '../store-types.ts';
import type { Terminal } from '../terminal.ts';
import type { LineFailure } from './import-threads.ts';
import { parseObject } from './parse-object.ts';
import { LineError, textOfLine, type Line } from './read-lines.ts';

/** Whether a file with this first line is the export of a store, not of one user's threads. */
export function isStoreExport(first: Line | undefined): boolean {
  if (first === undefined) return false;
  try {
    const object = parseObject(first);
    return isObject(object) && (object.type === 'skein' || typeof object.table === 'string');
  } catch (error) {
    if (error instanceof LineError) return false; // the reader of the other format says what it is
    throw error;
  }
}

interface StoreImport {
  readonly store: Store;
  readonly lines: AsyncIterable<Line>;
  /** The same lines once more, where the file can be read twice. */
  readonly check: AsyncIterable<Line> | undefined;
  readonly signal: AbortSignal;
  /** In bytes. */
  readonly size: number | undefined;
  readonly bytesRead: () => number;
}

export interface StoreImportRun {
  readonly report: ImportReport;
  readonly failures: readonly LineFailure[];
  readonly elapsedMs: number;
}

const failuresKeptMax = 1000;

/**
 * Takes a store's export in. A file is read to its end first, so that nothing is written of one
 * that is cut off or was changed.
 */
export async function importStore(
  terminal: Terminal,
  { store, lines, check, signal, size, bytesRead }: StoreImport,
): Promise<StoreImportRun> {
  if (check) await withLineErrors(signal, () => store.operator.checkLines(textsOf(check)));
  const progress = new Progress(terminal, { verb: 'Importing', noun: 'threads' });
  const failures: LineFailure[] = [];
  try {
    const report = await withLineErrors(signal, () =>
      store.operator.importLines(textsOf(lines), {
        signal,
        onProgress: ({ threads }) =>
          progress.update({
            count: threads,
            done: bytesRead(),
            ...(size === undefined ? {} : { total: size }),
          }),
        onKept: ({ threadId, line }) => {
          progress.finish();
          const text = `the thread ${safeLine(threadId)} is deleted in this file, and stays in the store`;
          terminal.err.write(`line ${line}: ${text}\n`);
        },
        onFailure: ({ threadId, line, message }) => {
          progress.finish();
          const text = `the thread ${safeLine(threadId)}: ${safeText(message)}`;
          terminal.err.write(`line ${line}: ${text}\n`);
          if (failures.length < failuresKeptMax) failures.push({ line, message: text });
        },
      }),
    );
    return { report, failures, elapsedMs: progress.elapsedMs };
  } finally {
    progress.finish();
  }
}

async function* textsOf(lines: AsyncIterable<Line>): AsyncGenerator<string, void, undefined> {
  for await (const line of lines) yield textOfLine(line);
}

async function withLineErrors<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const hint = 'Import the file again to continue: nothing is imported twice.';
    if (signal.aborted) throw new CliError('The import was interrupted.', { hint, cause: error });
    if (error instanceof LineError) {
      throw new CliError(`line ${error.line} ${error.message}`, { cause: error });
    }
    if (!(error instanceof SkeinError) || error.code !== 'invalid_request') throw error;
    throw new CliError(`The file cannot be imported: ${error.message}.`, { cause: error });
  }
}

/** What people should know besides the counts. */
export function importNotes(report: ImportReport): readonly string[] {
  const { threadsContinued, threadsKept, threadsDeleted, rowsKept } = report;
  return [
    ...(threadsContinued > 0
      ? [`${plural(threadsContinued, 'thread')} of this store went on to the state of the file.`]
      : []),
    ...(threadsKept > 0 ? [keptNote(threadsKept)] : []),
    ...(threadsDeleted > 0
      ? [`${plural(threadsDeleted, 'thread')} of the file stay deleted, as in this store.`]
      : []),
    ...(rowsKept > 0
      ? [`${plural(rowsKept, 'row')} outside threads stay as this store has them.`]
      : []),
  ];
}

function keptNote(count: number): string {
  const [stay, them] = count === 1 ? ['stays', 'it'] : ['stay', 'them'];
  return `${plural(count, 'thread')} of this store ${stay}, though the file has ${them} as deleted.`;
}
