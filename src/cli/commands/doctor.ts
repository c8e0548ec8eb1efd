import { Command } from 'commander';
import type { DoctorReport } from '../../store/index.ts';
import { CliError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import { addStoreOptions, resolveDataOptions, type DataOptions } from '../data-options.ts';
import { plural } from '../format/duration.ts';
import { safeLine } from '../format/safe-text.ts';
import { formatTable } from '../format/table.ts';
import { createEngine, locationOf, mustHaveStore } from '../open-database.ts';
import { Progress } from '../progress.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { openError } from '../with-project.ts';

interface DoctorCommandOptions extends DataOptions {
  readonly repair?: boolean;
  readonly rebuild?: boolean;
  readonly compact?: boolean;
}

const examples = `
The log of a thread is the truth; heads, lists and keys are derived from it. The doctor reads every table,
compares, tells of rows that name what is not there, and with --repair derives anew what can be derived.
The exit code is 1 when something wrong remains.
With --compact the files are then written again, without the bytes of what was deleted, redacted or replaced:
that takes as long as a copy of the store, and as much room. Database servers have their own means for it.

Examples:
  skein doctor
  skein doctor --repair --data /srv/skein
  skein doctor --compact`;

export const doctorCommand: CreateCommand = (terminal) =>
  addStoreOptions(new Command('doctor'))
    .description('check a store, and repair it')
    .option('--repair', 'repair what is wrong')
    .option('--rebuild', 'repair, and renew what an older version derived in another form')
    .option('--compact', 'leave nothing in the files of what was deleted or redacted')
    .addHelpText('after', examples)
    .action(async (given: DoctorCommandOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      const report = await examine(terminal, options);
      if (options.compact) await compact(options);
      await printReport(terminal, options, report);
      const left = report.problems.filter(({ repaired }) => !repaired).length;
      if (left === 0) return;
      throw new CliError(`${plural(left, 'problem')} ${left === 1 ? 'remains' : 'remain'}.`, {
        hint:
          (options.repair ?? options.rebuild)
            ? 'They cannot be derived from anything; restore the threads from a backup.'
            : '`skein doctor --repair` repairs what can be derived.',
      });
    });

async function examine(terminal: Terminal, options: DoctorCommandOptions): Promise<DoctorReport> {
  const location = locationOf(options);
  await mustHaveStore(location);
  const { doctor } = await import('../../store/index.ts');
  const progress = new Progress(terminal, { verb: 'Checking', noun: 'items' });
  try {
    return await doctor(await createEngine(location, { migrate: 'never' }), {
      repair: options.repair ?? false,
      rebuild: options.rebuild ?? false,
      onProgress: ({ items }) => progress.update({ count: items, done: items }),
    });
  } catch (error) {
    throw openError(error, location);
  } finally {
    progress.finish();
  }
}

async function compact(options: DoctorCommandOptions): Promise<void> {
  const location = locationOf(options);
  const { compactStore } = await import('../../store/index.ts');
  try {
    await compactStore(await createEngine(location, { migrate: 'never' }));
  } catch (error) {
    throw openError(error, location);
  }
}

const compactedText = 'Compacted: nothing that was deleted or redacted is left in the files.';

async function printReport(
  { out, width }: Terminal,
  { json, compact: isCompacted = false }: DoctorCommandOptions,
  report: DoctorReport,
): Promise<void> {
  if (json) return writeJsonLine(out, isCompacted ? { ...report, compacted: true } : report);
  const { threads, items, problems } = report;
  const found = problems.length === 0 ? 'no problems' : plural(problems.length, 'problem');
  await writeLine(
    out,
    `Checked ${plural(threads, 'thread')} with ${plural(items, 'item')}: ${found}.`,
  );
  if (isCompacted) await writeLine(out, compactedText);
  if (problems.length === 0) return;
  const columns = [
    { title: 'THREAD' },
    { title: 'KIND' },
    { title: 'REPAIRED' },
    { title: 'WHAT', widthMin: 30 },
  ];
  const rows = problems.map(({ threadId, kind, detail, repaired }) => [
    safeLine(threadId),
    kind,
    repaired ? 'yes' : 'no',
    safeLine(detail),
  ]);
  for (const line of formatTable(columns, rows, width)) await writeLine(out, line);
}
