import type { ExportReport, ExportSelection } from '../../store/index.ts';
import { CliError } from '../cli-error.ts';
import { plural } from '../format/duration.ts';
import { Progress } from '../progress.ts';
import type { Store } from '../store-types.ts';
import type { Terminal } from '../terminal.ts';
import type { Output } from './file-output.ts';

interface StoreExport {
  readonly store: Store;
  readonly selection: ExportSelection;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Writes the lines of a store's export. Throws `CliError` if the selection is empty by mistake. */
export async function writeStore(
  terminal: Terminal,
  { store, selection, output, signal }: StoreExport,
): Promise<ExportReport> {
  const progress = new Progress(terminal, { verb: 'Exporting', noun: 'threads' });
  let report: ExportReport | undefined;
  try {
    const lines = store.operator.exportLines({
      ...selection,
      signal,
      onProgress: ({ threads, rows }) => progress.update({ count: threads, done: rows }),
      onEnd: (end) => (report = end),
    });
    for await (const line of lines) await output.write(`${line}\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CliError('The export was interrupted; it is not complete.', { cause: error });
  } finally {
    progress.finish();
  }
  mustHaveFound(report!, selection); // the last line was read
  return report!;
}

/** An export of nothing is not what a store of others' threads was asked for. */
function mustHaveFound({ threads, notTaken }: ExportReport, selection: ExportSelection): void {
  if (threads > 0 || notTaken.threads === 0) return;
  const { userId, projectId } = selection;
  const whose = `the project ${projectId} has no threads`;
  const what = userId === undefined ? whose : `${whose} of the user ${userId}`;
  throw new CliError(
    `Nothing was exported: ${what}, and ${plural(notTaken.threads, 'thread')} of others ` +
      `${notTaken.threads === 1 ? 'was' : 'were'} not taken.`,
    { hint: '--all takes everything, --project what is of a project, --user what is of a user.' },
  );
}

/** What people should know of an export that is not the whole store. */
export function exportNotes({ notTaken, changed }: ExportReport): readonly string[] {
  const left = [
    ...(notTaken.threads > 0 ? [`${plural(notTaken.threads, 'thread')} of others`] : []),
    ...(notTaken.tables.length > 0 ? [`rows outside threads (${notTaken.tables.join(', ')})`] : []),
  ];
  return [
    ...(left.length > 0 ? [`Not taken: ${left.join(', and ')}. --all takes everything.`] : []),
    ...(changed > 0
      ? [
          `${plural(changed, 'large thread')} changed while the export read them: export again when nothing writes.`,
        ]
      : []),
  ];
}
