import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import { wholeNumber } from '../data-options.ts';
import { formatCount } from '../format/duration.ts';
import { formatTable } from '../format/table.ts';
import type { BenchResult } from '../measure-store.ts';
import { withInterrupt } from '../signals.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';

interface BenchCommandOptions {
  readonly seconds: number;
  readonly dir?: string;
  readonly json?: boolean;
}

const examples = `
It measures on this machine, in a temporary directory that is removed afterwards: durable appends by 64
writers to 1,000 threads, reads of the newest 50 items, and, as the measure of the disk, the same bytes
written to a plain file with one sync for each group of 64.

Example:
  skein bench --seconds 5 --dir /srv`;

export const benchCommand: CreateCommand = (terminal) =>
  new Command('bench')
    .description('measure this machine: durable appends and reads')
    .option('--seconds <number>', 'how long each measurement takes', wholeNumber(1, 60), 2)
    .option('--dir <dir>', 'the parent of the temporary directory, to measure another disk')
    .option('--json', 'print JSON for machines')
    .addHelpText('after', examples)
    .action(async ({ seconds, dir, json }: BenchCommandOptions) => {
      const { measureStore } = await import('../measure-store.ts');
      const onStep = (step: string): void => {
        if (!json) terminal.err.write(`${step} …\n`);
      };
      const where = dir === undefined ? {} : { dir };
      const result = await withInterrupt(async (signal) => {
        const measured = await measureStore({
          durationMs: seconds * 1000,
          onStep,
          signal,
          ...where,
        });
        if (signal.aborted) throw new CliError('The measurement was interrupted.');
        return measured;
      });
      if (json) await writeJsonLine(terminal.out, result);
      else await printResult(terminal, result);
    });

async function printResult({ out, width }: Terminal, result: BenchResult): Promise<void> {
  const { rawWritesPerSecond: raw, appendsPerSecond: appends, readsPerSecond: reads } = result;
  const ratio = (value: number): string => (value / raw).toFixed(2);
  const rows = [
    ['raw synced writes', formatCount(Math.round(raw)), '1.00'],
    ['durable appends', formatCount(Math.round(appends)), ratio(appends)],
    ['reads of the newest 50', formatCount(Math.round(reads)), ratio(reads)],
  ];
  const columns = [
    { title: 'MEASURE' },
    { title: 'A SECOND', align: 'right' },
    { title: 'OF RAW', align: 'right' },
  ] as const;
  for (const line of formatTable(columns, rows, width)) await writeLine(out, line);
  const { appendP99Ms, writers, itemBytes } = result;
  await writeLine(
    out,
    `${writers} writers, ${itemBytes} bytes an item; 99% of appends within ${appendP99Ms.toFixed(1)} ms.`,
  );
}
